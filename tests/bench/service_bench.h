#pragma once

#include "absl/status/status.h"

#include "bench/data_set.h"
#include "bench/results.h"
#include "bench/sizes.h"

namespace daybook::bench {

// What is measured of a store while it grows. It has to grow for any of them.
struct ServiceParts {
  bool ingest = true;   // rates, memory, bytes written
  bool queries = true;  // latencies at each of the sizes, and while it grows
  bool start = true;    // with cold caches, at the last size
};

// The real daybookd is given the data set in batches of 1,000, and questions at
// some sizes, and is started anew at the end.
absl::Status RunService(const ServiceParts& parts, const DataSet& data, const Sizes& sizes,
                        Results& results);

// Recording in batches of 100, each time into a store of its own.
absl::Status RunSmallBatches(const DataSet& data, const Sizes& sizes, Results& results);

// The same by StreamRecordEvents; where the service does not have that yet, it
// is said and left out.
absl::Status RunStream(const DataSet& data, const Sizes& sizes, Results& results);

// Recording with and without what the ledger costs, in turns.
absl::Status RunLedger(const DataSet& data, const Sizes& sizes, Results& results);

}  // namespace daybook::bench
