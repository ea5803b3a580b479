#include "storage/event_totals.h"

#include <string>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "query/filter.h"
#include "storage/tally.h"

namespace daybook::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kSuccess = 1;
constexpr int64_t kFailure = 2;

query::Filter FilterOfKinds(const std::string& text) { return query::Filter::Parse(text).value(); }

TEST(EventTotalsTest, EventsAreSummedUpByTheirKind) {
  TotalsOfBlock block;
  block.Add({.seq = Seq(7),
             .created_at = 10,
             .tenant = "a",
             .action = "deposit",
             .outcome = kSuccess,
             .details = R"({"amount":0.1})"});
  block.Add(
      {.seq = Seq(8), .created_at = 11, .tenant = "a", .action = "login", .outcome = kSuccess});
  block.Add({.seq = Seq(9),
             .created_at = 12,
             .tenant = "a",
             .action = "deposit",
             .outcome = kSuccess,
             .details = R"({"amount":0.2})"});

  const TotalsByKind kinds = block.Take();

  ASSERT_THAT(kinds, SizeIs(2));
  const auto& [kind, totals] = *kinds.begin();
  EXPECT_EQ(kind.action, "deposit");
  EXPECT_EQ(totals.events, 2);
  EXPECT_EQ(totals.first_time, 10);
  EXPECT_EQ(totals.last_time, 12);
  EXPECT_THAT(totals.newest, ElementsAre(Seq(9), Seq(7)));
  EXPECT_EQ(totals.amount.numbers(), 2);
  EXPECT_EQ(totals.amount.text(), "0.3");
  EXPECT_THAT(block.Take(), IsEmpty());
}

TEST(EventTotalsTest, OnlyTheNewestEventsAreNamed) {
  TotalsOfBlock block;
  for (uint64_t seq = 0; seq < 8; ++seq) block.Add({.seq = Seq(seq), .action = "login"});

  EXPECT_THAT(block.Take().begin()->second.newest,
              ElementsAre(Seq(7), Seq(6), Seq(5), Seq(4), Seq(3)));
}

TEST(EventTotalsTest, ABlockOfVeryManyKindsHasNoTotals) {
  TotalsOfBlock block;
  for (uint64_t seq = 0; seq < 512; ++seq) {
    block.Add({.seq = Seq(seq), .action = absl::StrCat("action", seq)});
  }
  EXPECT_THAT(block.Take(), SizeIs(512));

  for (uint64_t seq = 0; seq < 513; ++seq) {
    block.Add({.seq = Seq(seq), .action = absl::StrCat("action", seq)});
  }
  EXPECT_THAT(block.Take(), IsEmpty());
}

TEST(EventTotalsTest, ABlockOfAmountsThatNoDecimalHoldsHasNoTotals) {
  TotalsOfBlock block;
  block.Add({.seq = Seq(1), .action = "deposit", .details = R"({"amount":1e200})"});

  EXPECT_THAT(block.Take(), IsEmpty());
}

TEST(EventTotalsTest, FiltersOfKindsAreToldFromOthers) {
  for (const std::string filter :
       {"", "action = deposit", "outcome != SUCCESS OR NOT tenant = \"a\"",
        "action = \"dep*\" AND seq > 5 AND created_at < \"2026-01-01T00:00:00Z\"",
        "seq > 5 AND NOT (seq > 5)"}) {
    EXPECT_TRUE(IsOfKinds(FilterOfKinds(filter))) << filter;
  }
  for (const std::string filter :
       {"actor = \"a\"", "action = deposit OR seq > 5", "NOT seq > 5", "seq != 5",
        "details.amount > 5", "event_time > \"2026-01-01T00:00:00Z\"", "action = a OR user_id:*"}) {
    EXPECT_FALSE(IsOfKinds(FilterOfKinds(filter))) << filter;
  }
}

TEST(EventTotalsTest, AKindPassesWhatItsEventsPass) {
  const EventKind kind = {.tenant = "", .action = "deposit", .outcome = kFailure};
  for (const std::string filter : {"", "action = deposit", "action = \"dep*\" AND seq > 5",
                                   "outcome = FAILURE", "NOT tenant = \"a\"", "NOT tenant:*"}) {
    EXPECT_TRUE(Passes(FilterOfKinds(filter), kind)) << filter;
  }
  for (const std::string filter : {"action = login", "outcome = SUCCESS", "tenant != \"a\"",
                                   "tenant:*", "seq > 5 AND NOT (seq > 5)"}) {
    EXPECT_FALSE(Passes(FilterOfKinds(filter), kind)) << filter;
  }
}

TEST(EventTotalsTest, GroupingsOfKindsAreToldFromOthers) {
  const query::Field* const details = query::FindField("details");
  const query::Field* const action = query::FindField("action");
  EXPECT_TRUE(IsOfKinds(Grouping{}));
  EXPECT_TRUE(IsOfKinds(Grouping{.keys = {action, query::FindField("outcome")},
                                 .sums = {{.field = details, .path = {"amount"}}},
                                 .bar = 1}));
  EXPECT_FALSE(IsOfKinds(Grouping{.keys = {query::FindField("actor")}}));
  EXPECT_FALSE(IsOfKinds(Grouping{.distinct = {{.field = action}}}));
  EXPECT_FALSE(IsOfKinds(Grouping{.sums = {{.field = details, .path = {"fee"}}}}));
  EXPECT_FALSE(IsOfKinds(Grouping{.sums = {{.field = details, .path = {"a", "amount"}}}}));
}

}  // namespace
}  // namespace daybook::storage
