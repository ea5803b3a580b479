#pragma once

#include <chrono>

#include "absl/status/status.h"

#include "db/sqlite/connection.h"
#include "schema/version.h"

namespace daybook::migrator::store {

// Writes down in ledger.db that a migration, begun at `begin`, is done: inside
// the transaction that does it.
absl::Status WriteHistoryRow(db::sqlite::Connection& ledger,
                             const schema::StoreMigration& migration,
                             std::chrono::steady_clock::time_point begin);

}  // namespace daybook::migrator::store
