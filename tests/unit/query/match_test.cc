#include "query/match.h"

#include <string>

#include <gtest/gtest.h>

#include "support/new_events.h"

namespace daybook::query {
namespace {

using ::daybook::audit::v1::Event;

bool Passes(const std::string& filter, const Event& event) {
  return Matches(Filter::Parse(filter).value(), event);
}

Event Recorded() {
  Event event = testing::FullEvent();
  event.set_seq(7);
  event.mutable_created_at()->set_seconds(1);
  event.set_producer("tester");
  event.set_source(audit::v1::SOURCE_CLAIMED);
  return event;
}

TEST(Matches, EveryEventPassesTheEmptyFilter) {
  EXPECT_TRUE(Matches(Filter(), Recorded()));
  EXPECT_TRUE(Matches(Filter(), Event()));
}

TEST(Matches, ComparesEachKindOfField) {
  const Event event = Recorded();

  EXPECT_TRUE(Passes("seq = 7", event));
  EXPECT_FALSE(Passes("seq = 8", event));
  EXPECT_TRUE(Passes("created_at = 1970-01-01T00:00:01Z", event));
  EXPECT_FALSE(Passes("created_at = 1970-01-01T00:00:01.000001Z", event));
  EXPECT_TRUE(Passes("action = withdrawal_failed", event));
  EXPECT_FALSE(Passes("action = Withdrawal_failed", event));
  EXPECT_TRUE(Passes("outcome = DENIED", event));
  EXPECT_FALSE(Passes("outcome = FAILURE", event));
  EXPECT_TRUE(Passes("source = CLAIMED", event));
  EXPECT_TRUE(Passes("user_id = 7001", event));
  EXPECT_TRUE(Passes("ip_address = 2001:0db8::7", event));
  EXPECT_TRUE(Passes("producer_sequence = 41", event));
}

TEST(Matches, AllTermsMustHold) {
  EXPECT_TRUE(Passes("user_id = 7001 AND tenant = shop-eu", Recorded()));
  EXPECT_FALSE(Passes("user_id = 7001 AND tenant = shop-us", Recorded()));
  EXPECT_FALSE(Passes("user_id = 7002 AND tenant = shop-eu", Recorded()));
}

TEST(Matches, AbsentIsNeitherZeroNorEmpty) {
  Event event = testing::EventOf("login");
  EXPECT_FALSE(Passes("user_id = 0", event));
  EXPECT_FALSE(Passes("producer_sequence = 0", event));
  EXPECT_FALSE(Passes("actor = \"\"", event));

  event.set_user_id(0);
  EXPECT_TRUE(Passes("user_id = 0", event));
}

}  // namespace
}  // namespace daybook::query
