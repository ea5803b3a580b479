#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "migrator/app/options.h"
#include "migrator/app/preflight.h"
#include "migrator/app/rehearsal_file.h"
#include "migrator/app/state.h"

namespace daybook::migrator::app {

// The last rehearsal of just what is pending in `state` on the database of
// `options`. kRefused where there is none, and where it failed or is older than
// they require.
absl::StatusOr<Rehearsal> FindRehearsal(const Options& options, const State& state);

// kRefused unless `rehearsal` has applied this very plan.
absl::Status CheckRehearsed(const Rehearsal& rehearsal, const Prepared& prepared);

}  // namespace daybook::migrator::app
