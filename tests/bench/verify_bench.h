#pragma once

#include "absl/status/status.h"

#include "bench/data_set.h"
#include "bench/results.h"
#include "bench/sizes.h"

namespace daybook::bench {

// How fast a store of sealed segments is verified: every event hashed again, every
// index and zone held against the rows.
absl::Status RunVerify(const DataSet& data, const Sizes& sizes, Results& results);

}  // namespace daybook::bench
