#pragma once

#include "absl/status/status.h"

#include "bench/data_set.h"
#include "bench/results.h"
#include "bench/sizes.h"

namespace daybook::bench {

// The data set itself: how large an event is, and what making one costs.
absl::Status RunData(const DataSet& data, const Sizes& sizes, Results& results);

}  // namespace daybook::bench
