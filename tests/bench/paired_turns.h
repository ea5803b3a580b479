#pragma once

#include <vector>

namespace daybook::bench {

// The one in the middle; there is at least one.
double MedianOf(std::vector<double> values);

// The median of what each turn's rate is to that of the partner's turn beside it: so
// what else the machine does, and how a store grows, hardly counts.
double MedianRatio(const std::vector<double>& rates, const std::vector<double>& partner);

}  // namespace daybook::bench
