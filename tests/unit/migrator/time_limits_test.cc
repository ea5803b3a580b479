#include "migrator/app/time_limits.h"

#include <string>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "migrator/migration/failure.h"
#include "support/failure_matchers.h"
#include "support/status_matchers.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::testing::FailsWith;
using ::daybook::testing::HasCode;
using ::testing::Optional;

const absl::TimeZone kZone = absl::FixedTimeZone(9 * 3'600);

absl::Time At(const std::string& time) {
  absl::Time at;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M:%S", time, kZone, &at, &error)) << error;
  return at;
}

Window Of(const std::string& text) { return Window::Parse(text, kZone).value(); }

TEST(TimeLimits, AWindowHoldsItsBeginningAndNotItsEnd) {
  const Window window = Of("02:00-04:00");

  EXPECT_EQ(window.EndAround(At("2026-01-31 01:59:59")), std::nullopt);
  EXPECT_THAT(window.EndAround(At("2026-01-31 02:00:00")), Optional(At("2026-01-31 04:00:00")));
  EXPECT_THAT(window.EndAround(At("2026-01-31 03:59:59")), Optional(At("2026-01-31 04:00:00")));
  EXPECT_EQ(window.EndAround(At("2026-01-31 04:00:00")), std::nullopt);
}

TEST(TimeLimits, AWindowMayLieOverMidnight) {
  const Window window = Of("23:00-01:30");

  EXPECT_THAT(window.EndAround(At("2026-01-31 23:30:00")), Optional(At("2026-02-01 01:30:00")));
  EXPECT_THAT(window.EndAround(At("2026-02-01 01:00:00")), Optional(At("2026-02-01 01:30:00")));
  EXPECT_EQ(window.EndAround(At("2026-02-01 01:30:00")), std::nullopt);
}

TEST(TimeLimits, AWindowMayBeTheWholeDay) {
  EXPECT_THAT(Of("00:00-24:00").EndAround(At("2026-01-31 23:59:59")),
              Optional(At("2026-02-01 00:00:00")));
}

TEST(TimeLimits, AnythingElseIsNoWindow) {
  for (const std::string text : {"", "02:00", "2:00-4:00", "02:00-04:00-06:00", "02:60-04:00",
                                 "24:01-03:00", "02:00-02:00", "-1:00-02:00", "aa:bb-cc:dd"}) {
    EXPECT_THAT(Window::Parse(text, kZone), HasCode(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(TimeLimits, TheTighterOneCounts) {
  const absl::Time now = At("2026-01-31 03:00:00");
  TimeLimits limits{.window = Of("02:00-04:00"),
                    .deadline = {.end = now + absl::Minutes(5), .set_by = "--deadline 5m"}};
  EXPECT_EQ(limits.From(now)->set_by, "--deadline 5m");

  limits.deadline.end = now + absl::Hours(2);
  EXPECT_EQ(limits.From(now)->end, At("2026-01-31 04:00:00"));
  EXPECT_EQ(limits.From(now)->set_by, "the end of --window 02:00-04:00");

  EXPECT_THAT(limits.From(At("2026-01-31 05:00:00")), FailsWith(migration::ExitCode::kRefused));
  EXPECT_EQ(TimeLimits().From(now)->end, absl::InfiniteFuture());
}

}  // namespace
}  // namespace daybook::migrator::app
