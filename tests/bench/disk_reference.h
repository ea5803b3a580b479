#pragma once

#include <chrono>
#include <vector>

#include "absl/status/statusor.h"

#include "bench/work_folder.h"

namespace daybook::bench {

// What the disk takes at least: appends 4 KiB to a file and calls fdatasync, for
// so long; how many microseconds each took.
absl::StatusOr<std::vector<double>> SyncMicros(const WorkFolder& folder,
                                               std::chrono::milliseconds duration);

}  // namespace daybook::bench
