#include "bench/paired_turns.h"

#include <algorithm>
#include <utility>

namespace daybook::bench {

double MedianOf(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double MedianRatio(const std::vector<double>& rates, const std::vector<double>& partner) {
  std::vector<double> ratios;
  ratios.reserve(rates.size());
  for (size_t i = 0; i < rates.size(); ++i) ratios.push_back(rates[i] / partner[i]);
  return MedianOf(std::move(ratios));
}

}  // namespace daybook::bench
