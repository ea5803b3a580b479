#pragma once

#include <span>

#include "absl/status/status.h"

#include "migrator/migration/lint.h"
#include "migrator/report.h"

namespace daybook::migrator::app {

// Tells what lint found. kRefused where an error is among it.
absl::Status TellFindings(std::span<const migration::Finding> findings, Report& report);

}  // namespace daybook::migrator::app
