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
  EXPECT_TRUE(Passes("ip_address : 2001:db8::7", event));
  EXPECT_FALSE(Passes("ip_address : 2001:db8::", event));
  EXPECT_TRUE(Passes("producer_sequence = 41", event));
}

TEST(Matches, AllTermsMustHold) {
  EXPECT_TRUE(Passes("user_id = 7001 AND tenant = shop-eu", Recorded()));
  EXPECT_FALSE(Passes("user_id = 7001 AND tenant = shop-us", Recorded()));
  EXPECT_FALSE(Passes("user_id = 7002 AND tenant = shop-eu", Recorded()));
}

TEST(Matches, ComparesInOrder) {
  const Event event = Recorded();

  for (const char* filter :
       {"seq != 8", "seq < 8", "seq <= 7", "seq > 6", "seq >= 7", "user_id > -5",
        "created_at < 1970-01-01T00:00:01.000001Z", "action > withdrawal",
        "action < withdrawal_failee", "tenant != shop", "outcome != SUCCESS"}) {
    EXPECT_TRUE(Passes(filter, event)) << filter;
    EXPECT_FALSE(Passes(std::string("NOT ") + filter, event)) << filter;
  }
  for (const char* filter : {"seq != 7", "seq < 7", "seq <= 6", "seq > 7", "seq >= 8",
                             "action > withdrawal_failed", "tenant != shop-eu"}) {
    EXPECT_FALSE(Passes(filter, event)) << filter;
  }
}

TEST(Matches, OrJoinsBeforeAnd) {
  const Event event = Recorded();

  EXPECT_TRUE(Passes("seq = 7 AND seq = 8 OR seq = 7", event));
  EXPECT_FALSE(Passes("seq = 8 AND seq = 7 OR seq = 7", event));
  EXPECT_TRUE(Passes("(seq = 8 AND seq = 7) OR seq = 7", event));
  EXPECT_TRUE(Passes("-seq = 8 -(seq = 9 OR seq = 10)", event));
}

TEST(Matches, StarsStandForAnyText) {
  const Event event = Recorded();

  for (const char* filter : {"action = with*", "action = *failed", "action = *draw*", "action = *",
                             "action = withdrawal_failed*", "action != login*", "tenant : hop",
                             "ip_address = 2001:db8:*", "details.currency = *U*"}) {
    EXPECT_TRUE(Passes(filter, event)) << filter;
  }
  for (const char* filter : {"action = draw*", "action = *draw", "action != *", "reason = *X*",
                             "tenant : EU", "details.amount = *"}) {
    EXPECT_FALSE(Passes(filter, event)) << filter;
  }
}

TEST(Matches, LooksIntoDetails) {
  Event event = testing::EventOf("paid");
  event.set_details(
      R"({"amount":12.50,"n":9007199254740993,"big":18446744073709551616,"to":)"
      R"({"name":"김 영수","tags":["a","b*",7,null]},"ok":true,"none":null,"s":"7"})");

  for (const char* filter : {"details.amount = 12.5",
                             "details.amount > 12",
                             "details.amount < 12.51",
                             "details.n = 9007199254740993",
                             "details.n != 9007199254740992",
                             "details.n > 9007199254740992",
                             "details.big = 18446744073709551616",
                             "details.big > 1e19",
                             "details.to.name = \"김 영수\"",
                             "details.to.name = 김*",
                             "details.to.name : 영",
                             "details.to.tags : a",
                             "details.to.tags : \"b\\*\"",
                             "details.to.tags : 7",
                             "details.to.tags : null",
                             "details.to : name",
                             "details : ok",
                             "details.ok = true",
                             "details.none = null",
                             "details.none:*",
                             "details.s = \"7\"",
                             "details.s != 7",
                             "details.ok != false",
                             "details.amount != \"12.5\"",
                             "details.to:*",
                             "details:*"}) {
    EXPECT_TRUE(Passes(filter, event)) << filter;
  }
  for (const char* filter :
       {"details.s = 7", "details.s > 6", "details.amount = \"12.5\"", "details.missing != 1",
        "details.missing:*", "details.to.name.x = 1", "details.to.tags : c", "details.to : tag",
        "details.ok = 1", "details.ok = \"true\"", "details.none = 0",
        "details.n = 9007199254740992", "details.to = x", "details.amount : 12"}) {
    EXPECT_FALSE(Passes(filter, event)) << filter;
  }
  EXPECT_FALSE(Passes("details.a = 1", testing::EventOf("login")));
  EXPECT_FALSE(Passes("details:*", testing::EventOf("login")));
}

TEST(Matches, TellsNumbersApartThatNoDoubleHolds) {
  Event event = testing::EventOf("paid");
  event.set_details(R"({"wei":1000000000000000000001,"part":0.1000000000000000000001})");

  EXPECT_TRUE(Passes("details.wei = 1000000000000000000001", event));
  EXPECT_TRUE(Passes("details.wei > 1000000000000000000000", event));
  EXPECT_FALSE(Passes("details.wei = 1000000000000000000000", event));
  EXPECT_FALSE(Passes("details.wei > 1e21 AND details.wei < 1000000000000000000001", event));
  EXPECT_TRUE(Passes("details.part > 0.1", event));
  EXPECT_FALSE(Passes("details.part = 0.1", event));
}

TEST(Matches, WhatIsAbsentPassesOnlyNot) {
  const Event event = testing::EventOf("login");

  EXPECT_FALSE(Passes("reason != X", event));
  EXPECT_TRUE(Passes("NOT reason = X", event));
  EXPECT_FALSE(Passes("user_id != 5", event));
  EXPECT_FALSE(Passes("user_id:*", event));
  EXPECT_TRUE(Passes("-user_id:*", event));
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
