#pragma once

#include "absl/status/status.h"

#include "bench/results.h"

namespace daybook::bench {

// RecordEvent at 1, 16, 64 and 256 calls in flight, beside an empty handler in
// the same server, in turns. `quick` is a short form for CI.
absl::Status RunUnary(bool quick, Results& results);

}  // namespace daybook::bench
