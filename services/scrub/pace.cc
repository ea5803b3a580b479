#include "scrub/pace.h"

#include <algorithm>

namespace daybook::scrub {
namespace {

// As how many events a piece of work without any counts.
constexpr double kOtherWork = 64;

// What is longer ago is not made up for.
constexpr absl::Duration kMostBehind = absl::Seconds(5);

}  // namespace

absl::Duration Pace::RestAfter(uint64_t events, absl::Time now) {
  const auto read = static_cast<double>(events);
  // Not ahead either: the clock may have been put back.
  due_ = std::clamp(due_, now - kMostBehind, now) + TimeFor(read);
  return std::max(due_ - now, TimeFor(events == 0 ? kOtherWork : read / 2));
}

}  // namespace daybook::scrub
