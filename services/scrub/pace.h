#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace daybook::scrub {

// How long to rest between pieces of work, so that so many events are read a second, and
// evenly.
//
// Thread-compatible.
class Pace {
 public:
  // `rate` is above 0.
  Pace(uint64_t rate, absl::Time now) : rate_(static_cast<double>(rate)), due_(now) {}

  // After a piece of work that read so many events, or none: what follows some reading, as
  // the comparison of indexes, is made up for later, but always leaves time to rest.
  absl::Duration RestAfter(uint64_t events, absl::Time now);

 private:
  absl::Duration TimeFor(double events) const { return absl::Seconds(events / rate_); }

  const double rate_;
  absl::Time due_;  // when what was read until now should have been read
};

}  // namespace daybook::scrub
