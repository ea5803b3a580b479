#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/records.h"

namespace daybook::migrator::sqlite {

// The environment that a database is marked with, such as "production"; "" where
// it has no mark.
absl::StatusOr<std::string> ReadEnvironment(db::sqlite::Connection& database);

// Marks it, and records that in mig_event; its own tables are made where they are
// missing. Inside a transaction.
absl::Status MarkEnvironment(db::sqlite::Connection& database, const std::string& environment,
                             const RunIdentity& run);

}  // namespace daybook::migrator::sqlite
