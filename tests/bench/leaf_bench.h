#pragma once

#include "absl/status/status.h"

#include "bench/data_set.h"
#include "bench/results.h"
#include "bench/sizes.h"

namespace daybook::bench {

// What hashing costs that no other store here does: an event's salt, its leaf
// and the leaf's hash, on one core.
absl::Status RunLeaf(const DataSet& data, const Sizes& sizes, Results& results);

}  // namespace daybook::bench
