#include "daybook/importer/event_time.h"

#include <limits>
#include <string>

#include <gmock/gmock.h>

#include "support/status_matchers.h"

namespace daybook::cli::importer {
namespace {

using ::daybook::testing::HasCode;
using ::testing::HasSubstr;
using ::testing::Not;

// The time as RFC 3339 in UTC, or "" where there is none.
std::string Read(const std::string& text, std::optional<absl::TimeZone> zone = std::nullopt) {
  const auto time = TimeInText(text, zone);
  return time.ok() ? FormatTime(*time) : "";
}

std::string Read(int64_t number) {
  const auto time = TimeInInteger(number);
  return time.ok() ? FormatTime(*time) : "";
}

TEST(TimeInTextTest, CurrentTimestampIsUtc) {
  EXPECT_EQ(Read("2026-01-31 09:30:00"), "2026-01-31T09:30:00.000000Z");
  EXPECT_EQ(Read("0001-01-01 00:00:00"), "0001-01-01T00:00:00.000000Z");
  EXPECT_EQ(Read("9999-12-31 23:59:59.999999"), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(Read("2024-02-29 00:00:00"), "2024-02-29T00:00:00.000000Z");
}

TEST(TimeInTextTest, Iso8601SaysItsOffset) {
  for (const char* text :
       {"2026-01-31T09:30:00Z", "2026-01-31T18:30:00+09:00", "2026-01-31T18:30:00+0900",
        "2026-01-31T18:30:00+09", "2026-01-31T04:00:00-05:30", "2026-01-31t09:30:00z",
        "2026-01-31 18:30:00+09:00", "2026-01-31 09:30:00Z"}) {
    EXPECT_EQ(Read(text), "2026-01-31T09:30:00.000000Z") << text;
  }
}

TEST(TimeInTextTest, FractionsAreFlooredToMicroseconds) {
  EXPECT_EQ(Read("2026-01-31 09:30:00.5"), "2026-01-31T09:30:00.500000Z");
  EXPECT_EQ(Read("2026-01-31 09:30:00.123"), "2026-01-31T09:30:00.123000Z");
  EXPECT_EQ(Read("2026-01-31T09:30:00.123456789+00:00"), "2026-01-31T09:30:00.123456Z");
  EXPECT_EQ(Read("2026-01-31T09:30:00,999999999Z"), "2026-01-31T09:30:00.999999Z");
  EXPECT_EQ(Read("1969-12-31 23:59:59.9999999"), "1969-12-31T23:59:59.999999Z");
}

TEST(TimeInTextTest, IsoTimesWithoutAnOffsetAreAmbiguous) {
  const auto time = TimeInText("2026-01-31T09:30:00", std::nullopt);

  EXPECT_THAT(time, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(time.status().message(), HasSubstr("--time-zone"));
}

TEST(TimeInTextTest, AZoneSaysWhatTimesWithoutAnOffsetMean) {
  const absl::TimeZone seoul = absl::FixedTimeZone(9 * 3600);

  EXPECT_EQ(Read("2026-01-31T18:30:00", seoul), "2026-01-31T09:30:00.000000Z");
  EXPECT_EQ(Read("2026-01-31 18:30:00.25", seoul), "2026-01-31T09:30:00.250000Z");
  EXPECT_EQ(Read("2026-01-31 09:30:00Z", seoul), "2026-01-31T09:30:00.000000Z");
}

TEST(TimeInTextTest, TimesAtAChangeOfClocksAreAmbiguous) {
  absl::TimeZone berlin;
  if (!absl::LoadTimeZone("Europe/Berlin", &berlin)) GTEST_SKIP() << "no time zones here";

  EXPECT_EQ(Read("2026-07-01 12:00:00", berlin), "2026-07-01T10:00:00.000000Z");
  EXPECT_EQ(Read("2026-03-29 02:30:00", berlin), "");
  EXPECT_EQ(Read("2026-10-25 02:30:00", berlin), "");
  EXPECT_EQ(Read("2026-10-25 02:30:00+02:00", berlin), "2026-10-25T00:30:00.000000Z");
}

TEST(TimeInTextTest, EverythingElseIsRefused) {
  for (const char* text : {"",
                           " ",
                           "now",
                           "2026-01-31",
                           "2026-01-31 09:30",
                           "09:30:00",
                           "2026-01-31  09:30:00",
                           "2026-13-01 00:00:00",
                           "2026-02-30 00:00:00",
                           "2026-00-10 00:00:00",
                           "2025-02-29 00:00:00",
                           "2026-01-31 24:00:00",
                           "2026-01-31 23:60:00",
                           "2026-01-31 23:59:60",
                           "2026-1-31 09:30:00",
                           "2026/01/31 09:30:00",
                           "31.01.2026 09:30:00",
                           "2026-01-31 09:30:00.",
                           "2026-01-31 09:30:00 ",
                           "2026-01-31T09:30:00+9",
                           "2026-01-31T09:30:00+24:00",
                           "2026-01-31T09:30:00+09:60",
                           "2026-01-31T09:30:00+09:0",
                           "2026-01-31T09:30:00 UTC",
                           "2026-01-31T09:30:00Zx",
                           "+2026-01-31T09:30:00Z",
                           "0000-01-01 00:00:00",
                           "20260131T093000Z",
                           "1769851800",
                           "0001-01-01T00:00:00+01:00",
                           "9999-12-31T23:59:59-01:00",
                           "2026-01-31 09:30:00\n",
                           "-026-01-31 09:30:00"}) {
    EXPECT_THAT(TimeInText(text, std::nullopt), HasCode(absl::StatusCode::kInvalidArgument))
        << text;
  }
  EXPECT_THAT(TimeInText(absl::string_view("2026-01-31 09:30:00\0", 20), std::nullopt),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(TimeInTextTest, ErrorsDoNotRepeatTheValue) {
  const auto time = TimeInText("2026-99-99 09:30:00", std::nullopt);

  EXPECT_THAT(std::string(time.status().message()), Not(HasSubstr("99")));
}

TEST(TimeInIntegerTest, IsSecondsOrMilliseconds) {
  EXPECT_EQ(Read(1'769'851'800), "2026-01-31T09:30:00.000000Z");
  EXPECT_EQ(Read(1'769'851'800'123), "2026-01-31T09:30:00.123000Z");
  EXPECT_EQ(Read(946'684'800), "2000-01-01T00:00:00.000000Z");
  EXPECT_EQ(Read(946'684'800'000), "2000-01-01T00:00:00.000000Z");
  EXPECT_EQ(Read(4'102'444'799), "2099-12-31T23:59:59.000000Z");
  EXPECT_EQ(Read(4'102'444'799'999), "2099-12-31T23:59:59.999000Z");
}

TEST(TimeInIntegerTest, WhatCouldBeEitherOrNeitherIsRefused) {
  for (const int64_t number :
       {int64_t{0}, int64_t{-1}, int64_t{946'684'799}, int64_t{4'102'444'800},
        int64_t{946'684'799'999}, int64_t{4'102'444'800'000}, int64_t{1'769'851'800'000'000},
        std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    EXPECT_THAT(TimeInInteger(number), HasCode(absl::StatusCode::kInvalidArgument)) << number;
  }
}

}  // namespace
}  // namespace daybook::cli::importer
