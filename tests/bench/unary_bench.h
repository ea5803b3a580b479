#pragma once

#include "absl/status/status.h"

#include "bench/data_set.h"
#include "bench/results.h"
#include "bench/sizes.h"

namespace daybook::bench {

// RecordEvent at 1, 16, 64 and 256 calls in flight, beside an empty handler in
// the same server, in turns.
absl::Status RunUnary(const DataSet& data, const Sizes& sizes, Results& results);

}  // namespace daybook::bench
