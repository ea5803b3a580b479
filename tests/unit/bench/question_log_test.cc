#include "bench/question_log.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "event/checked_event.h"
#include "event/event_rules.h"

namespace daybook::bench {
namespace {

using ::daybook::audit::v1::Event;

constexpr uint64_t kLogEvents = 300'000;

const QuestionLog& Log() {
  static const DataSet* const data = new DataSet();
  static const QuestionLog* const log = new QuestionLog(
      *data, kLogEvents, absl::FromCivil(absl::CivilHour(2026, 3, 1, 7), absl::UTCTimeZone()));
  return *log;
}

Event EventOf(uint64_t seq) {
  Event event;
  Log().Fill(seq, event);
  return event;
}

TEST(QuestionLogTest, EndsWithANearlyWholeDayAt100MillionAMonth) {
  const QuestionLog& log = Log();
  const absl::TimeZone utc = absl::UTCTimeZone();

  EXPECT_EQ(absl::ToCivilSecond(log.today(), utc), absl::CivilSecond(2026, 2, 28));
  EXPECT_EQ(absl::ToCivilSecond(log.end(), utc), absl::CivilSecond(2026, 2, 28, 23, 57, 13));
  EXPECT_EQ(log.TimeOf(kLogEvents - 1), log.end() - absl::Microseconds(1));
  const absl::Duration span = log.TimeOf(kLogEvents - 1) - log.TimeOf(0);
  EXPECT_NEAR(kLogEvents / absl::ToDoubleSeconds(span), 1e8 / (30 * 86'400), 0.2);
}

TEST(QuestionLogTest, ItsTimesNeverGoBackAndAreThoseOfABatch) {
  for (uint64_t seq = 1; seq < 5'000; ++seq) {
    const bool begins = seq % QuestionLog::kBatch == 0;

    ASSERT_EQ(Log().TimeOf(seq) > Log().TimeOf(seq - 1), begins) << seq;
    ASSERT_GE(Log().TimeOf(seq), Log().TimeOf(seq - 1));
  }
}

TEST(QuestionLogTest, HasTheSharesThatItsPageSays) {
  uint64_t failures = 0;
  uint64_t deposits = 0;
  for (uint64_t seq = 0; seq < kLogEvents; ++seq) {
    const Event event = EventOf(seq);
    failures += event.reason().empty() ? 0 : 1;
    deposits += event.action() == "deposit_confirmed" ? 1 : 0;
    ASSERT_EQ(event.action() == "login_failed", !event.reason().empty());
  }

  EXPECT_NEAR(static_cast<double>(failures) / kLogEvents, 0.01, 0.001);
  EXPECT_NEAR(static_cast<double>(deposits) / kLogEvents, 0.2, 0.005);
}

TEST(QuestionLogTest, AFewFailOftenInItsLastHour) {
  std::map<std::string, int> failures;
  for (uint64_t seq = 0; seq < kLogEvents; ++seq) {
    if (Log().TimeOf(seq) < Log().end() - absl::Hours(1)) continue;
    if (const Event event = EventOf(seq); !event.reason().empty()) ++failures[event.actor()];
  }

  const auto often = std::count_if(failures.begin(), failures.end(),
                                   [](const auto& actor) { return actor.second > 5; });
  EXPECT_GE(often, 8);
  EXPECT_LE(often, 16);
  EXPECT_GT(failures.size(), 800);
}

TEST(QuestionLogTest, ObeysTheRulesAndIsTheSameEachTime) {
  const event::EventRules rules = event::EventRules::Compile().value();

  for (uint64_t seq = 0; seq < 20'000; ++seq) {
    const Event event = EventOf(seq);
    const auto checked = event::CheckedEvent::Check(
        rules, event, {.producer = "bench", .source = audit::v1::SOURCE_CLAIMED, .request_id = ""},
        Log().TimeOf(seq));

    ASSERT_TRUE(checked.ok()) << checked.status() << '\n' << event.DebugString();
    ASSERT_EQ(event.SerializeAsString(), EventOf(seq).SerializeAsString());
  }
}

}  // namespace
}  // namespace daybook::bench
