#pragma once

#include "absl/status/statusor.h"

#include "bench/work_folder.h"

namespace daybook::bench {

// What the disk takes at least: the median of appending 4 KiB to a file and
// fdatasync, in microseconds.
absl::StatusOr<double> MedianSyncMicros(const WorkFolder& folder);

}  // namespace daybook::bench
