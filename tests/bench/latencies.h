#pragma once

#include <chrono>
#include <vector>

namespace daybook::bench {

// How long calls of one kind took.
//
// Thread-compatible.
class Latencies {
 public:
  void Add(std::chrono::duration<double, std::milli> spent) { millis_.push_back(spent.count()); }
  void Add(const Latencies& more) {
    millis_.insert(millis_.end(), more.millis_.begin(), more.millis_.end());
  }

  size_t count() const { return millis_.size(); }

  // In milliseconds; 0 where there was no call.
  double P50() const { return Percentile(50); }
  double P99() const { return Percentile(99); }

 private:
  double Percentile(size_t percent) const;

  std::vector<double> millis_;
};

}  // namespace daybook::bench
