#pragma once

#include "absl/status/status.h"

#include "bench/results.h"
#include "bench/sizes.h"

namespace daybook::bench {

// What the index of failures costs the engine: appends of events of which none, one
// in a hundred and all failed, and which are alike but for that.
absl::Status MeasureFailuresIndex(const Sizes& sizes, Results& results);

}  // namespace daybook::bench
