#pragma once

#include <atomic>

#include "absl/time/time.h"

#include "core/clock.h"

namespace daybook::testing {

// A clock that stands still until it is turned.
//
// Thread-safe.
class ManualClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixMicros(micros_.load()); }
  void Set(absl::Time time) { micros_.store(absl::ToUnixMicros(time)); }
  void Advance(absl::Duration duration) { micros_.fetch_add(absl::ToInt64Microseconds(duration)); }

 private:
  std::atomic<int64_t> micros_ = 1'763'683'200'000'000;  // 2025-11-21T00:00:00Z
};

}  // namespace daybook::testing
