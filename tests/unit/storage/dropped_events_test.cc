#include "storage/dropped_events.h"

#include <gmock/gmock.h>

namespace daybook::storage {
namespace {

TEST(DroppedEvents, AreThoseThatTheEventNames) {
  const auto dropped = ParseDroppedEvents(
      R"({"first":262144,"last":524287,"by":"ops","ticket":"T-1","reason":"old","roots":["xPPm="]})");

  ASSERT_TRUE(dropped.has_value());
  EXPECT_EQ(dropped->first, Seq(262'144));
  EXPECT_EQ(dropped->last, Seq(524'287));
}

TEST(DroppedEvents, AreNoneWhereItIsSaidInAnotherWay) {
  for (const char* const text :
       {"", "{}", R"({"last":1,"first":0,"by":""})", R"({"first":0})",
        R"({"first":0,"last":65535})", R"({"first":0,"last":,"by":""})",
        R"({"first":-1,"last":65535,"by":""})", R"({"first":0, "last":65535,"by":""})",
        R"({"first":7,"last":6,"by":""})", R"({"first":0,"last":18446744073709551616,"by":""})",
        R"( {"first":0,"last":9,"by":""})"}) {
    EXPECT_FALSE(ParseDroppedEvents(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace daybook::storage
