#pragma once

#include "absl/status/status.h"

#include "migrator/app/options.h"
#include "migrator/report.h"

namespace daybook::migrator::app {

// Puts a file in Prometheus' text format in the place that the options name, whole
// or not at all: how a run ended, what it took and found, and how the database is.
// When a run last succeeded is kept from the file that was there.
// docs/operations.md lists the names.
absl::Status WriteMetrics(const Options& options, const Outcome& outcome, const RunRecord& record);

}  // namespace daybook::migrator::app
