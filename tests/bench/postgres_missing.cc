#include <cstdio>

#include "bench/postgres_bench.h"

namespace daybook::bench {

absl::Status RunPostgres(const DataSet& /*data*/, const Sizes& /*sizes*/, Results& /*results*/) {
  std::printf("\n*** SKIPPED: built without libpq (package libpq-dev), so without PostgreSQL\n");
  return absl::OkStatus();
}

}  // namespace daybook::bench
