#pragma once

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/app/state.h"
#include "migrator/sqlite/plan.h"

namespace daybook::migrator::app {

// What all applied migrations together have promised, as far as no later one took
// it back: a plan that has nothing to do, with the constraints to be proved.
absl::StatusOr<sqlite::Plan> PromisesOf(db::sqlite::Connection& database, const State& state);

}  // namespace daybook::migrator::app
