#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/app/options.h"
#include "migrator/app/preflight.h"
#include "migrator/app/state.h"

namespace daybook::migrator::app {

// Whether every pending migration may run in the environment that the database is
// marked with. A database without a mark suits those alone that name none.
absl::StatusOr<Check> CheckEnvironment(db::sqlite::Connection& database, const State& state);

// Adds a check for each thing that the plan would do to rows of a CRITICAL table:
// failed, unless the options approve this very plan. Which tables are, the applied
// migrations say and the pending ones up to this; the last word counts. Where
// nobody has approved, and no row is in the way now, none may come in between.
absl::Status CheckCriticalTables(db::sqlite::Connection& database, const State& state,
                                 const Options& options, Prepared& prepared);

}  // namespace daybook::migrator::app
