#include "telemetry/progress.h"

#include <cstdint>
#include <sstream>
#include <string>

#include <gmock/gmock.h>

#include "support/manual_clock.h"

namespace daybook::telemetry {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

class ProgressTest : public ::testing::Test {
 protected:
  std::string Text() {
    std::string text = out_.str();
    out_.str("");
    return text;
  }

  testing::ManualClock clock_;
  std::ostringstream out_;
  Progress bar_{Progress::Style::kBar, out_, clock_};
  Progress json_{Progress::Style::kJson, out_, clock_};
};

TEST_F(ProgressTest, ABarFillsAndTellsTheTimeLeft) {
  bar_.Begin("recording", 1'000);
  clock_.Advance(absl::Seconds(10));
  bar_.Reach(500);

  EXPECT_THAT(Text(), EndsWith("recording [###############...............]  50 %  10 s left"));
}

TEST_F(ProgressTest, TheTimeLeftIsToldFromOnePercentOn) {
  bar_.Begin("recording", 1'000);
  clock_.Advance(absl::Seconds(1));
  bar_.Reach(9);
  EXPECT_THAT(Text(), Not(HasSubstr("left")));

  clock_.Advance(absl::Seconds(1));
  bar_.Reach(10);
  EXPECT_THAT(Text(), HasSubstr("3 min 18 s left"));
}

TEST_F(ProgressTest, NothingIsShownTwiceInAMoment) {
  bar_.Begin("recording", 1'000);
  bar_.Reach(1);

  EXPECT_EQ(Text(), "");
}

TEST_F(ProgressTest, TheBarGoesBeforeAnythingElseIsWritten) {
  bar_.Begin("recording", 10);
  clock_.Advance(absl::Seconds(1));
  bar_.Reach(10);
  bar_.End();

  EXPECT_THAT(Text(), EndsWith("\r\x1b[K"));
}

TEST_F(ProgressTest, ProgramsGetALineASecond) {
  json_.Begin("recording", 1'000);
  clock_.Advance(absl::Milliseconds(999));
  json_.Reach(1);
  EXPECT_EQ(Text(), "");

  clock_.Advance(absl::Milliseconds(1));
  json_.Reach(200);
  EXPECT_EQ(Text(),
            R"({"event":"progress","phase":"recording","done":200,"total":1000,"eta_seconds":4.0})"
            "\n");
}

TEST_F(ProgressTest, AnEmptyOrOverfullTotalDoesNoHarm) {
  bar_.Begin("recording", 0);
  clock_.Advance(absl::Seconds(1));
  bar_.Reach(7);

  EXPECT_THAT(Text(), HasSubstr("100 %"));
}

TEST_F(ProgressTest, AsMuchAsThereCanBeDoesNoHarm) {
  bar_.Begin("recording", UINT64_MAX);
  clock_.Advance(absl::Seconds(1));
  bar_.Reach(UINT64_MAX / 2);

  EXPECT_THAT(Text(), HasSubstr("[###############...............]  50 %  1 s left"));
}

TEST_F(ProgressTest, SilenceIsSilent) {
  Progress silent(Progress::Style::kSilent, out_, clock_);
  silent.Begin("recording", 10);
  clock_.Advance(absl::Hours(1));
  silent.Reach(5);
  silent.End();

  EXPECT_EQ(Text(), "");
}

}  // namespace
}  // namespace daybook::telemetry
