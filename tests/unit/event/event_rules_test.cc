#include "event/event_rules.h"

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "support/new_events.h"

namespace daybook::event {
namespace {

using ::daybook::audit::v1::Event;

// An event with only what must be there.
Event Least() {
  Event event = testing::EventOf("login");
  event.set_tenant("default");
  return event;
}

// A field, a text that just passes and one that just does not.
struct Limit {
  std::string path;
  void (*set)(Event&, std::string);
  std::string passes;
  std::string fails;

  friend void PrintTo(const Limit& limit, std::ostream* out) {
    *out << limit.path << " " << limit.fails.size();
  }
};

std::string Times(size_t count, const std::string& text) {
  std::string all;
  for (size_t i = 0; i < count; ++i) all += text;
  return all;
}

std::string JsonOf(size_t bytes) {
  return absl::StrCat(R"({"a":")", std::string(bytes - 8, 'x'), "\"}");
}

class EventLimits : public ::testing::TestWithParam<Limit> {
 protected:
  std::vector<FieldViolation> Broken(std::string value) const {
    Event event = Least();
    GetParam().set(event, std::move(value));
    return rules_.Broken(event);
  }

  EventRules rules_ = *EventRules::Compile();
};

TEST_P(EventLimits, TheLimitPasses) { EXPECT_TRUE(Broken(GetParam().passes).empty()); }

TEST_P(EventLimits, WhatIsBeyondItFails) {
  const std::vector<FieldViolation> broken = Broken(GetParam().fails);

  ASSERT_EQ(broken.size(), 1U);
  EXPECT_EQ(broken[0].field, GetParam().path);
  EXPECT_FALSE(broken[0].description.empty());
}

template <std::string* (Event::*kMutable)()>
void Set(Event& event, std::string value) {
  *(event.*kMutable)() = std::move(value);
}

INSTANTIATE_TEST_SUITE_P(
    Fields, EventLimits,
    ::testing::Values(
        Limit{"event.action", Set<&Event::mutable_action>, std::string(128, 'a'),
              std::string(129, 'a')},
        Limit{"event.action", Set<&Event::mutable_action>, "a0_.", "0a"},
        Limit{"event.action", Set<&Event::mutable_action>, "login", "Login"},
        Limit{"event.action", Set<&Event::mutable_action>, "a.b", "a-b"},
        Limit{"event.reason", Set<&Event::mutable_reason>, std::string(128, 'A'),
              std::string(129, 'A')},
        Limit{"event.reason", Set<&Event::mutable_reason>, "A0_", "_A"},
        Limit{"event.telegram_id", Set<&Event::mutable_telegram_id>, std::string(256, '1'),
              std::string(257, '1')},
        Limit{"event.actor", Set<&Event::mutable_actor>, Times(85, "한") + "x",
              Times(85, "한") + "xx"},
        Limit{"event.actor", Set<&Event::mutable_actor>, "a b", std::string("a\0b", 3)},
        Limit{"event.actor", Set<&Event::mutable_actor>, "\xED\x9F\xBF", "\xED\xA0\x80"},
        Limit{"event.resource_type", Set<&Event::mutable_resource_type>, std::string(128, 'a'),
              std::string(129, 'a')},
        Limit{"event.resource_type", Set<&Event::mutable_resource_type>, "a", "A"},
        Limit{"event.resource_id", Set<&Event::mutable_resource_id>, std::string(512, '/'),
              std::string(513, '/')},
        Limit{"event.details", Set<&Event::mutable_details>, JsonOf(16'384), JsonOf(16'385)},
        Limit{"event.details", Set<&Event::mutable_details>, "{}", "[]"},
        Limit{"event.ip_address", Set<&Event::mutable_ip_address>, "255.255.255.255",
              "255.255.255.256"},
        Limit{"event.user_agent", Set<&Event::mutable_user_agent>, std::string(1'024, 'x'),
              std::string(1'025, 'x')},
        Limit{"event.tenant", Set<&Event::mutable_tenant>, std::string(63, 'a'),
              std::string(64, 'a')},
        Limit{"event.tenant", Set<&Event::mutable_tenant>, "aZ0_.-", "a b"},
        Limit{"event.producer", Set<&Event::mutable_producer>, std::string(255, 'a'),
              std::string(256, 'a')},
        Limit{"event.producer", Set<&Event::mutable_producer>, "aZ0_.:/@-", "a b"},
        Limit{"event.trace_id", Set<&Event::mutable_trace_id>, std::string(32, 'f'),
              std::string(31, 'f')},
        Limit{"event.trace_id", Set<&Event::mutable_trace_id>, std::string(32, '0'),
              std::string(33, '0')},
        Limit{"event.trace_id", Set<&Event::mutable_trace_id>, std::string(32, 'a'),
              std::string(32, 'A')},
        Limit{"event.correlation_id", Set<&Event::mutable_correlation_id>, std::string(128, 'x'),
              std::string(129, 'x')},
        Limit{"request_id", Set<&Event::mutable_request_id>, Times(64, "한"), Times(65, "한")},
        Limit{"event.public_details", Set<&Event::mutable_public_details>, JsonOf(16'384),
              JsonOf(16'385)}));

class EventRulesTest : public ::testing::Test {
 protected:
  EventRules rules_ = *EventRules::Compile();
};

TEST_F(EventRulesTest, AbsentTextPassesWhereItMayBeAbsent) {
  EXPECT_TRUE(rules_.Broken(Least()).empty());
}

TEST_F(EventRulesTest, AnEmptyActionIsMissing) {
  Event event = Least();
  event.clear_action();

  ASSERT_EQ(rules_.Broken(event).size(), 1U);
  EXPECT_EQ(rules_.Broken(event)[0].reason, Reason::kActionRequired);
}

TEST_F(EventRulesTest, DetailsThatAreTooLongHaveAReasonOfTheirOwn) {
  Event event = Least();
  event.set_details(JsonOf(16'385));
  EXPECT_EQ(rules_.Broken(event)[0].reason, Reason::kEventTooLarge);

  event.set_details("[]");
  EXPECT_EQ(rules_.Broken(event)[0].reason, Reason::kFieldInvalid);
}

TEST_F(EventRulesTest, SequencesFitInASigned64BitInteger) {
  Event event = Least();
  event.set_producer_sequence(static_cast<uint64_t>(std::numeric_limits<int64_t>::max()));
  EXPECT_TRUE(rules_.Broken(event).empty());

  event.set_producer_sequence(event.producer_sequence() + 1);
  ASSERT_EQ(rules_.Broken(event).size(), 1U);
  EXPECT_EQ(rules_.Broken(event)[0].field, "event.producer_sequence");
}

TEST_F(EventRulesTest, UserIdsAreAnySigned64BitInteger) {
  Event event = Least();
  for (const int64_t id : {std::numeric_limits<int64_t>::min(), int64_t{-1}, int64_t{0},
                           std::numeric_limits<int64_t>::max()}) {
    event.set_user_id(id);
    EXPECT_TRUE(rules_.Broken(event).empty()) << id;
  }
}

TEST_F(EventRulesTest, ProducersAreJudgedAlone) {
  EXPECT_EQ(rules_.BrokenByProducer("shop:worker-1"), std::nullopt);
  EXPECT_NE(rules_.BrokenByProducer("two words"), std::nullopt);
  EXPECT_NE(rules_.BrokenByProducer(std::string(256, 'a')), std::nullopt);
}

}  // namespace
}  // namespace daybook::event
