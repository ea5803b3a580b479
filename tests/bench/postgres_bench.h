#pragma once

#include "absl/status/status.h"

#include "bench/data_set.h"
#include "bench/results.h"
#include "bench/sizes.h"

namespace daybook::bench {

// PostgreSQL with the table that a team would make by hand: single INSERTs at
// the same numbers of clients as RecordEvent, and COPY in batches of 1,000.
// Where it is not installed, that is said and it is left out.
absl::Status RunPostgres(const DataSet& data, const Sizes& sizes, Results& results);

}  // namespace daybook::bench
