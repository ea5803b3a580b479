#pragma once

#include "absl/status/status.h"

#include "bench/data_set.h"
#include "bench/results.h"
#include "bench/sizes.h"

namespace daybook::bench {

// The ceiling: one table without secondary indexes, batches of 1,000.
absl::Status RunRaw(const DataSet& data, const Sizes& sizes, Results& results);

// The table by hand: the same with the five indexes, at growing sizes.
absl::Status RunIndexedTable(const DataSet& data, const Sizes& sizes, Results& results);

}  // namespace daybook::bench
