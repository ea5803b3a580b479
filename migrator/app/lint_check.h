#pragma once

#include <span>

#include "absl/status/status.h"

#include "migrator/app/state.h"
#include "migrator/migration/lint.h"
#include "migrator/report.h"

namespace daybook::migrator::app {

// Tells what lint found. kRefused where an error is among it.
absl::Status TellFindings(std::span<const migration::Finding> findings, Report& report);

// Judges what is pending, likewise: the rules may have grown since the rest was
// applied.
absl::Status LintPending(const State& state, Report& report);

}  // namespace daybook::migrator::app
