#include "migrator/app/phase_times.h"

#include <gmock/gmock.h>

#include "support/app_database.h"
#include "support/manual_clock.h"

namespace daybook::migrator::app {
namespace {

using ::testing::ElementsAre;

class PhaseTimesTest : public ::testing::Test {
 protected:
  testing::ManualClock clock_;
  testing::RecordingObserver next_;
  PhaseTimes times_{next_, clock_};
};

TEST_F(PhaseTimesTest, EachPhaseLastsUntilTheNext) {
  times_.Phase("copy", "copying");
  clock_.Advance(absl::Seconds(2));
  times_.SetVersion(4, /*is_down=*/true);
  clock_.Advance(absl::Seconds(100));  // nobody's
  times_.Phase("migrate", "migrating");
  clock_.Advance(absl::Seconds(3));
  times_.End();
  times_.End();

  ASSERT_EQ(times_.phases().size(), 2);
  EXPECT_EQ(times_.phases()[0].duration_us(), 2'000'000);
  EXPECT_EQ(times_.phases()[0].version(), 0);
  EXPECT_EQ(times_.phases()[1].name(), "migrate");
  EXPECT_EQ(times_.phases()[1].duration_us(), 3'000'000);
  EXPECT_EQ(times_.phases()[1].version(), 4);
  EXPECT_TRUE(times_.phases()[1].is_down());
}

TEST_F(PhaseTimesTest, AllIsPassedOnAndWhatMattersIsKept) {
  times_.Phase("verify", "verifying");
  times_.Note("verified", "3 checks passed", {});
  times_.Note("warning", "slow", {});
  times_.Note("conflict", "a row was edited", {});

  EXPECT_THAT(next_.phases, ElementsAre("verify"));
  EXPECT_EQ(next_.notes.size(), 3);
  EXPECT_THAT(times_.findings(), ElementsAre("slow", "a row was edited"));
}

}  // namespace
}  // namespace daybook::migrator::app
