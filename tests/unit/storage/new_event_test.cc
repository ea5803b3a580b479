#include "storage/new_event.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "support/manual_clock.h"
#include "support/new_events.h"

namespace daybook::storage {
namespace {

using ::daybook::testing::EventOf;
using ::daybook::testing::FromTester;

class NewEventTest : public ::testing::Test {
 protected:
  NewEvent Make(const audit::v1::Event& event, const std::string& request_id = "") const {
    return testing::MakeNewEvent(rules_, event, FromTester(request_id), clock_.Now());
  }

  testing::ManualClock clock_;
  event::EventRules rules_ = *event::EventRules::Compile();
};

TEST_F(NewEventTest, KeepsNoSaltWhereNothingNeedsHiding) {
  EXPECT_EQ(Make(EventOf("login")).salt(), std::nullopt);
}

TEST_F(NewEventTest, KeepsTheSaltWhereAValueNeedsHiding) {
  audit::v1::Event event = EventOf("login");
  event.set_user_id(0);

  EXPECT_NE(Make(event).salt(), std::nullopt);
  EXPECT_NE(Make(EventOf("login"), "id-1").salt(), std::nullopt);
}

TEST_F(NewEventTest, HasARequestKeyOnlyWithARequestId) {
  EXPECT_EQ(Make(EventOf("login")).request_key(), std::nullopt);
  EXPECT_NE(Make(EventOf("login"), "id-1").request_key(), std::nullopt);
}

TEST(RequestKeyOf, TellsProducersAndRequestIdsApart) {
  EXPECT_EQ(RequestKeyOf("a", "bc"), RequestKeyOf("a", "bc"));
  EXPECT_NE(RequestKeyOf("a", "bc"), RequestKeyOf("ab", "c"));
  EXPECT_NE(RequestKeyOf("a", "b"), RequestKeyOf("a", "c"));
  EXPECT_NE(RequestKeyOf("a", "b"), RequestKeyOf("c", "b"));
}

TEST_F(NewEventTest, CountsTheMemoryOfItsText) {
  audit::v1::Event large = EventOf("login");
  large.set_user_agent(std::string(1'000, 'x'));

  EXPECT_GE(Make(large).size_in_bytes(), Make(EventOf("login")).size_in_bytes() + 900);
}

TEST_F(NewEventTest, CountsTheMemoryOfALongerTextThatCameFirst) {
  const auto event = std::make_shared<audit::v1::Event>(EventOf("login"));
  event->mutable_user_agent()->assign(1'000'000, 'x');
  event->mutable_user_agent()->assign("x");  // as parsing does it, in the same place

  const auto checked = event::CheckedEvent::Check(rules_, event, FromTester("id-1"), clock_.Now());

  EXPECT_GE(NewEvent(*checked, {}).size_in_bytes(), 1'000'000U);
}

}  // namespace
}  // namespace daybook::storage
