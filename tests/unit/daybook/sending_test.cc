#include <vector>

#include <gmock/gmock.h>

#include "core/errors.h"
#include "daybook/importer/batch_sender.h"
#include "daybook/importer/retry_schedule.h"

namespace daybook::cli::importer {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'763'683'200);

absl::Status StoreFull() {
  return ErrorWithReason(absl::StatusCode::kResourceExhausted, Reason::kStoreFull, "full");
}

TEST(RetryScheduleTest, WaitsEverLonger) {
  RetrySchedule retries(absl::Hours(1));
  constexpr int kTries = 8;
  std::vector<absl::Duration> delays;
  delays.reserve(kTries);
  for (int i = 0; i < kTries; ++i) {
    delays.push_back(*retries.DelayAfter(absl::UnavailableError(""), kStart));
  }

  EXPECT_EQ(delays.front(), absl::Milliseconds(100));
  EXPECT_EQ(delays[1], absl::Milliseconds(200));
  EXPECT_EQ(delays.back(), absl::Seconds(5));
}

TEST(RetryScheduleTest, BeginsAnewOnceSomethingWasTaken) {
  RetrySchedule retries(absl::Seconds(10));
  retries.DelayAfter(absl::UnavailableError(""), kStart);
  retries.Reset();

  EXPECT_EQ(retries.DelayAfter(absl::UnavailableError(""), kStart + absl::Hours(1)),
            absl::Milliseconds(100));
}

TEST(RetryScheduleTest, WaitsAsLongAsTheServiceAsks) {
  RetrySchedule retries(absl::Hours(1));

  EXPECT_EQ(retries.DelayAfter(QueueFullError("full", absl::Seconds(30)), kStart),
            absl::Seconds(30));
}

TEST(RetryScheduleTest, EndsWithPatience) {
  RetrySchedule retries(absl::Seconds(10));

  EXPECT_TRUE(retries.DelayAfter(StoreFull(), kStart).has_value());
  EXPECT_TRUE(retries.DelayAfter(StoreFull(), kStart + absl::Seconds(9)).has_value());
  EXPECT_FALSE(retries.DelayAfter(StoreFull(), kStart + absl::Seconds(10)).has_value());
}

TEST(RetryScheduleTest, WhatCannotHelpIsNotTriedAgain) {
  RetrySchedule retries(absl::Hours(1));
  for (const absl::Status& error :
       {absl::InvalidArgumentError(""), absl::AlreadyExistsError(""), absl::DataLossError(""),
        absl::FailedPreconditionError(""), absl::ResourceExhaustedError("larger than max")}) {
    EXPECT_FALSE(retries.DelayAfter(error, kStart).has_value()) << error;
  }
  EXPECT_TRUE(retries.DelayAfter(absl::DeadlineExceededError(""), kStart).has_value());
}

TEST(NamingRowsTest, TellsTheRowOfARequest) {
  const absl::Status error =
      WithFieldPrefix(InvalidFieldError({.reason = Reason::kEventTimeOutOfRange,
                                         .field = "event.event_time",
                                         .description = "is bad"}),
                      "requests[2]");

  const absl::Status named = NamingRows(error, {10, 20, 30});

  EXPECT_EQ(named.message(), "row 30: event.event_time: is bad");
  EXPECT_EQ(ReasonIn(named), "EVENT_TIME_OUT_OF_RANGE");
}

TEST(NamingRowsTest, LeavesOtherErrorsAsTheyAre) {
  for (const char* message : {"", "requests", "requests[", "requests[x]: y", "requests[3]: y"}) {
    EXPECT_EQ(NamingRows(absl::InvalidArgumentError(message), {1, 2, 3}).message(), message);
  }
}

}  // namespace
}  // namespace daybook::cli::importer
