#pragma once

#include <vector>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/app/options.h"
#include "migrator/app/preflight.h"
#include "migrator/sqlite/plan.h"

namespace daybook::migrator::app {

// Whether a plan copies rows: one that changes the schema's text alone needs hardly
// any room.
bool WritesTablesAnew(const sqlite::Plan& plan);

// Whether a run has the room that it may need at most: beside the database where
// tables are written anew, and in the folder of the backups, which must be
// writable.
absl::StatusOr<std::vector<Check>> CheckSpace(db::sqlite::Connection& database,
                                              const Options& options, bool writes_tables_anew);

}  // namespace daybook::migrator::app
