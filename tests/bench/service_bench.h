#pragma once

#include "absl/status/status.h"

#include "bench/data_set.h"
#include "bench/results.h"
#include "bench/sizes.h"

namespace daybook::bench {

// The real daybookd is given the data set in batches of 1,000, and the rate is
// printed step by step, with the memory it takes and the bytes it writes.
absl::Status RunIngest(const DataSet& data, const Sizes& sizes, Results& results);

}  // namespace daybook::bench
