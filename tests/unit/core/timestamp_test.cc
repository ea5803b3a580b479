#include "core/timestamp.h"

#include <cstdint>
#include <string>

#include <gmock/gmock.h>

#include "support/status_matchers.h"

namespace daybook {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::google::protobuf::Timestamp;

Timestamp TimestampOf(int64_t seconds, int32_t nanos) {
  Timestamp time;
  time.set_seconds(seconds);
  time.set_nanos(nanos);
  return time;
}

TEST(FloorToMicros, FloorsTheNanos) {
  EXPECT_EQ(*FloorToMicros(TimestampOf(1, 999)), 1'000'000);
  EXPECT_EQ(*FloorToMicros(TimestampOf(1, 1'999)), 1'000'001);
}

TEST(FloorToMicros, FloorsTowardsThePastBeforeTheEpochToo) {
  EXPECT_EQ(*FloorToMicros(TimestampOf(-1, 999'999'999)), -1);
  EXPECT_EQ(*FloorToMicros(TimestampOf(-1, 999)), -1'000'000);
  EXPECT_EQ(*FloorToMicros(TimestampOf(-1, 1)), -1'000'000);
  EXPECT_EQ(FloorToMicros(absl::FromUnixNanos(-1)), -1);
}

TEST(FloorToMicros, TakesTheYears1To9999) {
  EXPECT_EQ(*FloorToMicros(TimestampOf(-62'135'596'800, 0)), kMinMicros);
  EXPECT_EQ(*FloorToMicros(TimestampOf(253'402'300'799, 999'999'999)), kMaxMicros);
  EXPECT_THAT(FloorToMicros(TimestampOf(-62'135'596'801, 999'999'999)),
              HasCode(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(FloorToMicros(TimestampOf(253'402'300'800, 0)),
              HasCode(absl::StatusCode::kOutOfRange));
}

TEST(FloorToMicros, RefusesNanosThatAreNoneOfASecond) {
  EXPECT_THAT(FloorToMicros(TimestampOf(0, -1)), HasCode(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(FloorToMicros(TimestampOf(0, 1'000'000'000)), HasCode(absl::StatusCode::kOutOfRange));
}

TEST(FloorToMicros, KeepsAClockInRange) {
  EXPECT_EQ(FloorToMicros(absl::InfiniteFuture()), kMaxMicros);
  EXPECT_EQ(FloorToMicros(absl::InfinitePast()), kMinMicros);
}

TEST(SetTimestamp, IsTheInverseOfMicrosOf) {
  for (const Micros micros :
       {kMinMicros, Micros{-1'000'001}, Micros{-1'000'000}, Micros{-1}, Micros{0}, Micros{1},
        Micros{999'999}, Micros{1'763'683'199'123'456}, kMaxMicros}) {
    Timestamp time;
    SetTimestamp(micros, &time);
    EXPECT_EQ(MicrosOf(time), micros);
    EXPECT_THAT(FloorToMicros(time), IsOk()) << micros;
  }
}

TEST(FormatTime, PrintsMicrosecondsInUtc) {
  EXPECT_EQ(FormatTime(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(FormatTime(-1), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(FormatTime(kMinMicros), "0001-01-01T00:00:00.000000Z");
  EXPECT_EQ(FormatTime(kMaxMicros), "9999-12-31T23:59:59.999999Z");
}

TEST(ParseTime, ReadsWhatFormatTimePrints) {
  for (const Micros micros : {kMinMicros, Micros{-1}, Micros{1'763'683'199'123'456}, kMaxMicros}) {
    EXPECT_EQ(*ParseTime(FormatTime(micros)), micros);
  }
}

TEST(ParseTime, ReadsOffsetsAndFloors) {
  EXPECT_EQ(*ParseTime("1970-01-01T02:00:00+02:00"), 0);
  EXPECT_EQ(*ParseTime("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(*ParseTime("1969-12-31T23:59:59.9999999Z"), -1);
}

TEST(ParseTime, RefusesEverythingElse) {
  for (const std::string text :
       {"", "now", "2026-01-31", "2026-01-31T09:30:00", "2026-13-01T00:00:00Z", "infinite-future",
        "infinite-past", "10000-01-01T00:00:00Z", "0000-12-31T23:59:59Z",
        "2026-01-31T09:30:00Z x"}) {
    EXPECT_THAT(ParseTime(text), HasCode(absl::StatusCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace daybook
