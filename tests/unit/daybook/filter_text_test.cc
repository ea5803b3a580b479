#include "daybook/filter_text.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "daybook/audit/v1/event.pb.h"
#include "daybook/event_table.h"
#include "query/filter.h"
#include "query/match.h"

namespace daybook::cli {
namespace {

absl::Time FilterTime() { return absl::FromUnixSeconds(1'800'000'000); }

absl::TimeZone InSeoul() { return absl::FixedTimeZone(9 * 3'600); }

bool IsFilter(const std::string& filter) { return query::Filter::Parse(filter, FilterTime()).ok(); }

bool FilterTakes(const std::string& filter, const audit::v1::Event& event) {
  return query::Matches(query::Filter::Parse(filter, FilterTime()).value(), event);
}

audit::v1::Event EventBy(const std::string& actor) {
  audit::v1::Event event;
  event.set_actor(actor);
  return event;
}

class AnyText : public ::testing::TestWithParam<std::string> {};

TEST_P(AnyText, IsThatTextAndNoOther) {
  const std::string filter = absl::StrCat("actor = ", TextInFilter(GetParam()));

  ASSERT_TRUE(IsFilter(filter)) << filter;
  EXPECT_TRUE(FilterTakes(filter, EventBy(GetParam()))) << filter;
  EXPECT_FALSE(FilterTakes(filter, EventBy(GetParam() + "x"))) << filter;
  EXPECT_FALSE(FilterTakes(filter, EventBy("x" + GetParam()))) << filter;
}

INSTANTIATE_TEST_SUITE_P(Texts, AnyText,
                         ::testing::Values("plain", "two words", "a\"b", "a\\", "\\\"", "a\nb\tc",
                                           "*", "a*", "*a", "a*b", "\" OR seq >= 0 OR actor = \"",
                                           "홍길동", "it's", "(", ") OR ("));

TEST(PatternInFilter, TakesAStarAtEitherEndForAnyText) {
  const std::string filter = absl::StrCat("action = ", PatternInFilter("login_*"));
  audit::v1::Event event;
  event.set_action("login_failed");

  EXPECT_TRUE(FilterTakes(filter, event));
  event.set_action("logout");
  EXPECT_FALSE(FilterTakes(filter, event));
  EXPECT_TRUE(IsFilter(absl::StrCat("action = ", PatternInFilter("a*b\"c"))));
  EXPECT_TRUE(IsFilter(absl::StrCat("action = ", PatternInFilter("*"))));
}

TEST(AllOf, KeepsEachPartForItself) {
  EXPECT_EQ(AllOf({"", ""}), "");
  EXPECT_EQ(AllOf({"", "a = b", ""}), "a = b");
  EXPECT_EQ(AllOf({"actor = a OR actor = b", "user_id = 7"}),
            "(actor = a OR actor = b) AND (user_id = 7)");
}

TEST(FieldIsOneOf, JoinsItsValues) {
  EXPECT_EQ(FieldIsOneOf("actor", {}), "");
  EXPECT_EQ(FieldIsOneOf("user_id", {"7", "8"}), "user_id = 7 OR user_id = 8");
}

TEST(TimeInFilter, LeavesDurationsToTheClockOfTheService) {
  EXPECT_EQ(*TimeInFilter("1h", InSeoul()), "ago(\"1h\")");
  EXPECT_EQ(*TimeInFilter("1h30m", InSeoul()), "ago(\"1h30m\")");
}

TEST(TimeInFilter, BeginsDaysInTheZone) {
  EXPECT_EQ(*TimeInFilter("2026-01-31", InSeoul()), "\"2026-01-30T15:00:00.000000Z\"");
  EXPECT_EQ(*TimeInFilter("2026-01-31", absl::UTCTimeZone()), "\"2026-01-31T00:00:00.000000Z\"");
  EXPECT_EQ(*TimeInFilter("2026-01-31 09:30", InSeoul()), "\"2026-01-31T00:30:00.000000Z\"");
  EXPECT_EQ(*TimeInFilter("2026-01-31T09:30:00+02:00", InSeoul()),
            "\"2026-01-31T07:30:00.000000Z\"");
}

TEST(TimeInFilter, RefusesWhatIsNoTime) {
  for (const std::string text : {"", "yesterday", "1x", "2026-02-30", "2026-01-31\" OR seq >= 0"}) {
    EXPECT_FALSE(TimeInFilter(text, InSeoul()).ok()) << text;
  }
}

TEST(TimeOf, CountsDurationsBack) {
  EXPECT_EQ(*TimeOf("1h", InSeoul(), FilterTime()), FilterTime() - absl::Hours(1));
  EXPECT_EQ(*TimeOf("1970-01-02", InSeoul(), FilterTime()),
            absl::FromUnixSeconds(int64_t{15} * 3'600));
}

TEST(TimeForPeople, IsLocalWithItsZone) {
  google::protobuf::Timestamp time;
  time.set_seconds(1'800'000'000);
  time.set_nanos(5'000'000);

  EXPECT_EQ(TimeForPeople(time, InSeoul()), "2027-01-15 17:00:00.005 +09:00");
  EXPECT_EQ(TimeForPeople(time, absl::UTCTimeZone()), "2027-01-15 08:00:00.005 +00:00");
  EXPECT_EQ(TimeCell(time, InSeoul()).brief, "2027-01-15 17:00:00 +09:00");
}

}  // namespace
}  // namespace daybook::cli
