#include "scrub/pace.h"

#include <gmock/gmock.h>

namespace daybook::scrub {
namespace {

const absl::Time kBegin = absl::UnixEpoch();

TEST(Pace, RestsForAsLongAsWhatWasReadMayTake) {
  Pace pace(1'000, kBegin);

  EXPECT_EQ(pace.RestAfter(1'000, kBegin), absl::Seconds(1));
  // The work itself took a tenth of a second.
  EXPECT_EQ(pace.RestAfter(1'000, kBegin + absl::Seconds(1.1)), absl::Seconds(0.9));
}

TEST(Pace, KeepsToTheRateOverall) {
  Pace pace(1'000, kBegin);
  absl::Time now = kBegin;

  for (int i = 0; i < 100; ++i) {
    now += absl::Milliseconds(i % 7);
    now += pace.RestAfter(500, now);
  }

  EXPECT_EQ(now - kBegin, absl::Seconds(50));
}

TEST(Pace, OtherWorkRestsTooAndIsMadeUpFor) {
  Pace pace(1'000, kBegin);
  absl::Time now = kBegin;

  now += pace.RestAfter(0, now);
  const absl::Duration after_other_work = now - kBegin;
  now += pace.RestAfter(1'024, now);

  EXPECT_EQ(after_other_work, absl::Seconds(0.064));
  EXPECT_EQ(now - kBegin, absl::Seconds(1.024));
}

TEST(Pace, NeverHurriesMoreThanTwofold) {
  Pace pace(1'000, kBegin);

  EXPECT_EQ(pace.RestAfter(1'000, kBegin + absl::Hours(1)), absl::Seconds(0.5));
}

TEST(Pace, WhatIsLongBehindIsNotMadeUpFor) {
  Pace pace(1'000, kBegin);
  absl::Time now = kBegin + absl::Hours(1);

  for (int i = 0; i < 20; ++i) now += pace.RestAfter(1'000, now);

  EXPECT_EQ(pace.RestAfter(1'000, now), absl::Seconds(1));
}

TEST(Pace, AClockThatIsPutBackDoesNotStopIt) {
  Pace pace(1'000, kBegin);

  EXPECT_EQ(pace.RestAfter(1'000, kBegin - absl::Hours(24)), absl::Seconds(1));
}

}  // namespace
}  // namespace daybook::scrub
