#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "absl/time/clock.h"

#include "bench/alias_table.h"
#include "bench/event_generator.h"
#include "event/checked_event.h"
#include "event/event_rules.h"

namespace daybook::bench {
namespace {

using ::daybook::audit::v1::RecordEventRequest;

constexpr size_t kEvents = 20'000;

std::vector<RecordEventRequest> Events(uint64_t seed) {
  static const DataSet* const data = new DataSet();
  EventGenerator generator(*data, seed);
  std::vector<RecordEventRequest> events(kEvents);
  for (RecordEventRequest& event : events) generator.Next(event);
  return events;
}

template <typename Predicate>
double ShareOf(const std::vector<RecordEventRequest>& events, Predicate predicate) {
  return static_cast<double>(std::count_if(events.begin(), events.end(), predicate)) / kEvents;
}

auto IsOfUser(int64_t first, int64_t end) {
  return [=](const RecordEventRequest& request) {
    return request.event().user_id() >= first && request.event().user_id() < end;
  };
}

auto HasAction(const std::string& action) {
  return [=](const RecordEventRequest& request) { return request.event().action() == action; };
}

TEST(BenchData, HasTheShapeThatItsPageSays) {
  const std::vector<RecordEventRequest> events = Events(1);

  EXPECT_NEAR(ShareOf(events, IsOfUser(0, 2'000)), 0.5, 0.01);
  EXPECT_NEAR(ShareOf(events, IsOfUser(0, 200)), 0.05, 0.005);
  EXPECT_NEAR(ShareOf(events, IsOfUser(2'000, 2'001)), 0.5 / 12.09, 0.003);  // H(100,000)
  EXPECT_NEAR(ShareOf(events, IsOfUser(2'001, 2'002)), 0.25 / 12.09, 0.002);
  EXPECT_NEAR(ShareOf(events, HasAction("deposit_confirmed")), 0.05, 0.005);
  EXPECT_NEAR(ShareOf(events, HasAction("login_failed")), 0.01, 0.002);
}

TEST(BenchData, IsAbout400BytesAnEvent) {
  const std::vector<RecordEventRequest> events = Events(2);

  size_t bytes = 0;
  for (const RecordEventRequest& event : events) bytes += event.ByteSizeLong();

  EXPECT_NEAR(static_cast<double>(bytes) / kEvents, 400, 20);
}

TEST(BenchData, ObeysTheRules) {
  const event::EventRules rules = event::EventRules::Compile().value();

  for (const RecordEventRequest& request : Events(3)) {
    const auto checked = event::CheckedEvent::Check(rules, request.event(),
                                                    {.producer = "bench",
                                                     .source = audit::v1::SOURCE_CLAIMED,
                                                     .request_id = request.request_id()},
                                                    absl::Now());
    ASSERT_TRUE(checked.ok()) << checked.status() << '\n' << request.DebugString();
  }
}

TEST(BenchData, IsTheSameForTheSameSeedAndHasNoRequestIdTwice) {
  const std::vector<RecordEventRequest> events = Events(4);
  const std::vector<RecordEventRequest> again = Events(4);
  const std::vector<RecordEventRequest> others = Events(5);

  std::set<std::string> ids;
  for (size_t i = 0; i < kEvents; ++i) {
    ASSERT_EQ(events[i].SerializeAsString(), again[i].SerializeAsString());
    ids.insert(events[i].request_id());
    ids.insert(others[i].request_id());
  }

  EXPECT_EQ(ids.size(), 2 * kEvents);
}

TEST(AliasTable, DrawsAsTheWeightsSay) {
  const AliasTable table({1, 0, 3});
  Random random(1);
  std::vector<int> drawn(3);

  for (int i = 0; i < 40'000; ++i) ++drawn[table.Draw(random)];

  EXPECT_NEAR(drawn[0], 10'000, 500);
  EXPECT_EQ(drawn[1], 0);
  EXPECT_NEAR(drawn[2], 30'000, 500);
}

}  // namespace
}  // namespace daybook::bench
