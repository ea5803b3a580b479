#include "event/checked_event.h"

#include <string>
#include <utility>

#include <gmock/gmock.h>

#include "google/rpc/error_details.pb.h"
#include "support/manual_clock.h"
#include "support/new_events.h"
#include "support/status_matchers.h"

namespace daybook::event {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::testing::EventOf;
using ::daybook::testing::FromTester;
using ::daybook::testing::FullEvent;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;

class CheckedEventTest : public ::testing::Test {
 protected:
  absl::StatusOr<CheckedEvent> Check(const Event& event, const Provenance& from = FromTester()) {
    return CheckedEvent::Check(rules_, event, from, clock_.Now());
  }

  // The fields that are named as wrong.
  std::vector<std::string> BrokenFields(const Event& event, const Provenance& from = FromTester()) {
    const google::rpc::BadRequest request = BadRequestIn(Check(event, from).status());
    std::vector<std::string> fields;
    for (const auto& violation : request.field_violations()) fields.push_back(violation.field());
    return fields;
  }

  testing::ManualClock clock_;
  EventRules rules_ = *EventRules::Compile();
};

TEST_F(CheckedEventTest, TheLeastAndTheMostPass) {
  EXPECT_THAT(Check(EventOf("a")), IsOk());
  EXPECT_THAT(Check(FullEvent(), FromTester("id-1")), IsOk());
}

TEST_F(CheckedEventTest, WhatAClientSaysIsKept) {
  const auto checked = Check(FullEvent(), FromTester("id-1"));

  ASSERT_THAT(checked, IsOk());
  Event expected = FullEvent();
  expected.set_producer("tester");
  expected.set_source(audit::v1::SOURCE_CLAIMED);
  expected.set_request_id("id-1");
  EXPECT_EQ(checked->event().DebugString(), expected.DebugString());
}

TEST_F(CheckedEventTest, OutputFieldsAreIgnored) {
  Event event = EventOf("login");
  event.set_seq(9);
  event.mutable_created_at()->set_seconds(9);
  event.set_leaf_hash("leaf");
  event.set_public_details("not even JSON");
  event.set_producer("Not A Producer");
  event.set_source(audit::v1::SOURCE_SERVICE);
  event.set_request_id("mine");

  const auto checked = Check(event);

  ASSERT_THAT(checked, IsOk());
  EXPECT_EQ(checked->event().DebugString(), Check(EventOf("login"))->event().DebugString());
}

TEST_F(CheckedEventTest, TheServiceSaysThingsInPublic) {
  Event event = EventOf("audit.erased");
  event.set_public_details(R"({"a":1})");
  const Provenance service = {
      .producer = "daybook", .source = audit::v1::SOURCE_SERVICE, .request_id = ""};

  const auto checked = CheckedEvent::Check(rules_, event, service, clock_.Now());

  ASSERT_THAT(checked, IsOk());
  EXPECT_EQ(checked->event().public_details(), R"({"a":1})");
  event.set_public_details("not JSON");
  EXPECT_THAT(CheckedEvent::Check(rules_, event, service, clock_.Now()),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(CheckedEventTest, UnknownFieldsAreDropped) {
  Event event = EventOf("login");
  event.mutable_event_time()->set_seconds(1);
  const Event known = event;
  Event::GetReflection()->MutableUnknownFields(&event)->AddVarint(999, 1);
  google::protobuf::Timestamp::GetReflection()
      ->MutableUnknownFields(event.mutable_event_time())
      ->AddVarint(999, 1);

  EXPECT_EQ(Check(event)->event().SerializeAsString(), Check(known)->event().SerializeAsString());
}

// Whoever adds one must drop the unknown fields in it, too.
TEST_F(CheckedEventTest, OnlyTimesAreMessagesInAnEvent) {
  const auto& descriptor = *Event::descriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    if (descriptor.field(i)->message_type() == nullptr) continue;
    EXPECT_THAT(descriptor.field(i)->name(), ::testing::AnyOf("created_at", "event_time"));
  }
}

TEST_F(CheckedEventTest, AnActionIsRequired) {
  const auto checked = Check(Event());

  EXPECT_EQ(ReasonIn(checked.status()), "ACTION_REQUIRED");
  EXPECT_THAT(BrokenFields(Event()), ElementsAre("event.action"));
}

TEST_F(CheckedEventTest, ActionsOfTheServiceAreReserved) {
  for (const char* action : {"audit.erased", "ledger.pruned", "segment.sealed", "detection.fired",
                             "access.denied", "migration.applied", "audit."}) {
    EXPECT_EQ(ReasonIn(Check(EventOf(action)).status()), "ACTION_RESERVED") << action;
  }
  for (const char* action : {"audit", "auditing.begun", "my.audit.erased", "accessed"}) {
    EXPECT_THAT(Check(EventOf(action)), IsOk()) << action;
  }
}

TEST_F(CheckedEventTest, TheServiceMayUseItsActions) {
  EXPECT_THAT(Check(EventOf("migration.applied"),
                    {.producer = "daybook", .source = audit::v1::SOURCE_SERVICE, .request_id = ""}),
              IsOk());
}

TEST_F(CheckedEventTest, TheOutcomeFollowsFromTheAction) {
  const auto outcome_of = [this](const std::string& action) {
    return Check(EventOf(action))->event().outcome();
  };

  EXPECT_EQ(outcome_of("login"), audit::v1::OUTCOME_SUCCESS);
  EXPECT_EQ(outcome_of("login_failed"), audit::v1::OUTCOME_FAILURE);
  EXPECT_EQ(outcome_of("login_denied"), audit::v1::OUTCOME_DENIED);
  EXPECT_EQ(outcome_of("failed"), audit::v1::OUTCOME_SUCCESS);
  EXPECT_EQ(outcome_of("login_failed_twice"), audit::v1::OUTCOME_SUCCESS);
}

TEST_F(CheckedEventTest, AnOutcomeThatIsSaidStays) {
  Event event = EventOf("login_failed");
  event.set_outcome(audit::v1::OUTCOME_SUCCESS);

  EXPECT_EQ(Check(event)->event().outcome(), audit::v1::OUTCOME_SUCCESS);
}

TEST_F(CheckedEventTest, OutcomesThatNobodyDeclaredAreRefused) {
  Event event = EventOf("login");
  for (const int outcome : {-1, 4}) {
    event.set_outcome(static_cast<audit::v1::Outcome>(outcome));
    EXPECT_THAT(BrokenFields(event), ElementsAre("event.outcome")) << outcome;
  }
}

TEST_F(CheckedEventTest, TheTenantHasADefault) {
  EXPECT_EQ(Check(EventOf("login"))->event().tenant(), "default");
}

TEST_F(CheckedEventTest, AddressesGetTheirCanonicalForm) {
  Event event = EventOf("login");
  event.set_ip_address("::FFFF:10.0.0.1");
  EXPECT_EQ(Check(event)->event().ip_address(), "10.0.0.1");

  event.set_ip_address("2001:DB8:0:0::1");
  EXPECT_EQ(Check(event)->event().ip_address(), "2001:db8::1");

  event.set_ip_address("10.0.0.256");
  EXPECT_THAT(BrokenFields(event), ElementsAre("event.ip_address"));
}

TEST_F(CheckedEventTest, EventTimesAreFloored) {
  Event event = EventOf("login");
  event.mutable_event_time()->set_seconds(-2);
  event.mutable_event_time()->set_nanos(1'999);

  const auto checked = Check(event);

  EXPECT_EQ(checked->event_time(), -1'999'999);
  EXPECT_EQ(checked->event().event_time().nanos(), 1'000);
}

TEST_F(CheckedEventTest, AnAbsentEventTimeStaysOpen) {
  EXPECT_EQ(Check(EventOf("login"))->event_time(), std::nullopt);
}

TEST_F(CheckedEventTest, EventTimesMayBeADayAhead) {
  Event event = EventOf("login");
  const Micros limit = FloorToMicros(clock_.Now() + absl::Hours(24));
  SetTimestamp(limit, event.mutable_event_time());
  EXPECT_THAT(Check(event), IsOk());

  SetTimestamp(limit + 1, event.mutable_event_time());
  EXPECT_EQ(ReasonIn(Check(event).status()), "EVENT_TIME_OUT_OF_RANGE");
  EXPECT_THAT(BrokenFields(event), ElementsAre("event.event_time"));
}

TEST_F(CheckedEventTest, EventTimesHaveYearsAndNanosInRange) {
  Event event = EventOf("login");
  SetTimestamp(kMinMicros, event.mutable_event_time());
  EXPECT_THAT(Check(event), IsOk());

  event.mutable_event_time()->set_seconds(event.event_time().seconds() - 1);
  EXPECT_EQ(ReasonIn(Check(event).status()), "EVENT_TIME_OUT_OF_RANGE");

  event.mutable_event_time()->set_seconds(0);
  event.mutable_event_time()->set_nanos(-1);
  EXPECT_EQ(ReasonIn(Check(event).status()), "EVENT_TIME_OUT_OF_RANGE");
}

TEST_F(CheckedEventTest, EveryViolationIsListed) {
  Event event = EventOf("Login");
  event.set_reason("lower");
  event.set_details("[]");
  event.set_outcome(static_cast<audit::v1::Outcome>(9));
  event.mutable_event_time()->set_nanos(-1);
  event.set_producer_sequence(~uint64_t{0});

  EXPECT_THAT(BrokenFields(event, FromTester(std::string(65, 'x'))),
              ElementsAre("event.action", "event.reason", "event.details", "request_id",
                          "event.producer_sequence", "event.outcome", "event.event_time"));
  EXPECT_THAT(std::string(Check(event).status().message()), ::testing::HasSubstr("(and 5 more)"));
}

TEST_F(CheckedEventTest, ErrorsDoNotRepeatTheValue) {
  Event event = EventOf("login");
  event.set_details("{\"password\":\"hunter2\"");

  const absl::Status error = Check(event).status();

  EXPECT_THAT(error.ToString(), ::testing::Not(::testing::HasSubstr("hunter2")));
}

class SameRequestTest : public CheckedEventTest {
 protected:
  // `event` as it is stored once recorded at the clock's time.
  Event Stored(const Event& event, const Provenance& from = FromTester("id-1")) {
    const CheckedEvent checked = *Check(event, from);
    Event stored = checked.event();
    stored.set_seq(7);
    const Micros now = FloorToMicros(clock_.Now());
    SetTimestamp(now, stored.mutable_created_at());
    SetTimestamp(checked.event_time().value_or(now), stored.mutable_event_time());
    stored.set_leaf_hash("leaf");
    return stored;
  }

  bool IsSame(const Event& fresh, const Event& stored) {
    return SameRequest(*Check(fresh, FromTester("id-1")), stored);
  }
};

TEST_F(SameRequestTest, HoldsForARepeat) {
  const Event bare = Stored(EventOf("login"));
  const Event full = Stored(FullEvent());
  clock_.Advance(absl::Hours(1));

  EXPECT_TRUE(IsSame(EventOf("login"), bare));
  EXPECT_TRUE(IsSame(FullEvent(), full));
}

TEST_F(SameRequestTest, DefaultsThatAreSaidAreTheSame) {
  Event said = EventOf("login_failed");
  said.set_outcome(audit::v1::OUTCOME_FAILURE);
  said.set_tenant("default");

  EXPECT_TRUE(IsSame(said, Stored(EventOf("login_failed"))));
}

TEST_F(SameRequestTest, TheSourceIsNotPartOfTheRequest) {
  Provenance authenticated = FromTester("id-1");
  authenticated.source = audit::v1::SOURCE_AUTHENTICATED;

  EXPECT_TRUE(IsSame(EventOf("login"), Stored(EventOf("login"), authenticated)));
}

TEST_F(SameRequestTest, AnyOtherFieldMakesAnotherRequest) {
  const Event stored = Stored(FullEvent());
  const auto differs = [&](auto change) {
    Event other = FullEvent();
    change(other);
    return !IsSame(other, stored);
  };

  EXPECT_TRUE(differs([](Event& e) { e.set_action("login"); }));
  EXPECT_TRUE(differs([](Event& e) { e.set_outcome(audit::v1::OUTCOME_SUCCESS); }));
  EXPECT_TRUE(differs([](Event& e) { e.clear_user_id(); }));
  EXPECT_TRUE(differs([](Event& e) { e.set_user_id(0); }));
  EXPECT_TRUE(differs([](Event& e) { e.set_details("{}"); }));
  EXPECT_TRUE(differs([](Event& e) { e.clear_producer_sequence(); }));
  EXPECT_TRUE(differs([](Event& e) { e.mutable_event_time()->set_seconds(1); }));
  EXPECT_TRUE(differs([](Event& e) { e.clear_event_time(); }));
  EXPECT_TRUE(differs([](Event& e) { e.set_tenant("other"); }));
}

TEST_F(SameRequestTest, AnAbsentUserIsNotUserZero) {
  Event zero = EventOf("login");
  zero.set_user_id(0);

  EXPECT_FALSE(IsSame(zero, Stored(EventOf("login"))));
  EXPECT_FALSE(IsSame(EventOf("login"), Stored(zero)));
}

}  // namespace
}  // namespace daybook::event
