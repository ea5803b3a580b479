#pragma once

#include "absl/status/status.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/conservation.h"
#include "migrator/sqlite/observer.h"
#include "migrator/sqlite/plan.h"
#include "migrator/sqlite/records.h"

namespace daybook::migrator::sqlite {

// Runs the actions of `plan`, in order, inside the open transaction, and enters
// into `books` what becomes of rows.
absl::Status Execute(db::sqlite::Connection& database, const Plan& plan, const RunIdentity& run,
                     Conservation& books, Observer& observer);

}  // namespace daybook::migrator::sqlite
