#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"

#include "daybook/connection.h"
#include "telemetry/progress.h"

namespace daybook::cli {

// Events by seq.
struct EventRange {
  uint64_t first = 0;
  uint64_t end = 0;  // the seq behind the last one
};

// Writes them to a new file, a JSON object a line. ALREADY_EXISTS where something is
// there; DATA_LOSS where the service does not show all of them.
absl::Status ExportEvents(Connection& connection, const EventRange& range, const std::string& path,
                          telemetry::Progress& progress);

}  // namespace daybook::cli
