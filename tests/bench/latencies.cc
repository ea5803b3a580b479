#include "bench/latencies.h"

#include <algorithm>

namespace daybook::bench {

double Latencies::Percentile(size_t percent) const {
  if (millis_.empty()) return 0;
  std::vector<double> sorted = millis_;
  std::sort(sorted.begin(), sorted.end());
  return sorted[sorted.size() * percent / 100];
}

}  // namespace daybook::bench
