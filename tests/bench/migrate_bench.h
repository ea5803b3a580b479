#pragma once

#include "absl/status/status.h"

#include "bench/data_set.h"
#include "bench/results.h"
#include "bench/sizes.h"

namespace daybook::bench {

// What proof costs: a CHECK that is added in place beside one scan of its table; a
// table that is written anew by daybook-migrate, proved, beside the bare SQL in
// the sqlite3 shell; fingerprints; and the worked example there and back.
absl::Status RunMigrate(const DataSet& data, const Sizes& sizes, Results& results);

}  // namespace daybook::bench
