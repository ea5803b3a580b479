#pragma once

#include "bench/results.h"
#include "bench/sizes.h"

namespace daybook::bench {

// Sets what was measured side by side into ratios, prints them and adds them.
// Where one of two was not measured it says so.
void Compare(const Sizes& sizes, Results& results);

}  // namespace daybook::bench
