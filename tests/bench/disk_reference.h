#pragma once

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"

#include "bench/work_folder.h"

namespace daybook::bench {

// What the disk takes at least: appends 4 KiB to a file and calls fdatasync, so
// many times; how many microseconds each took.
absl::StatusOr<std::vector<double>> SyncMicros(const WorkFolder& folder, size_t syncs);

}  // namespace daybook::bench
