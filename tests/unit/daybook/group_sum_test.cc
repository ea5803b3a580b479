#include "daybook/group_sum.h"

#include <string>

#include <gtest/gtest.h>

#include "daybook/sparkline.h"

namespace daybook::cli {
namespace {

using ::daybook::audit::v1::AggregateEventsResponse;
using ::daybook::audit::v1::EventGroup;

EventGroup& AddGroup(AggregateEventsResponse& page, const std::string& key, uint64_t count) {
  EventGroup& group = *page.add_groups();
  group.add_keys(key);
  group.set_count(count);
  group.mutable_first_time()->set_seconds(static_cast<int64_t>(100 - count));
  group.mutable_last_time()->set_seconds(static_cast<int64_t>(100 + count));
  return group;
}

void AddBar(EventGroup& group, int64_t start, uint64_t count) {
  auto& bar = *group.add_buckets();
  bar.mutable_start_time()->set_seconds(start);
  bar.set_count(count);
}

TEST(GroupSum, AddsTheSameKeysUp) {
  AggregateEventsResponse page;
  EventGroup& first = AddGroup(page, "a", 2);
  first.add_sums(1.5);
  first.add_distinct(3);
  AddBar(first, 60, 1);
  AddBar(first, 120, 1);
  EventGroup& second = AddGroup(page, "a", 5);
  second.add_sums(2);
  second.add_distinct(2);
  AddBar(second, 0, 3);
  AddBar(second, 60, 2);

  GroupSum sum;
  sum.Add(page);

  const auto groups = sum.Largest(0);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].count(), 7U);
  EXPECT_EQ(groups[0].sums(0), 3.5);
  EXPECT_EQ(groups[0].distinct(0), 3U);
  EXPECT_EQ(groups[0].first_time().seconds(), 95);
  EXPECT_EQ(groups[0].last_time().seconds(), 105);
  ASSERT_EQ(groups[0].buckets_size(), 3);
  EXPECT_EQ(groups[0].buckets(1).count(), 3U);
}

TEST(GroupSum, AddsSumsUpAsExactlyAsTheyCame) {
  AggregateEventsResponse page;
  for (const std::string sum : {"123456789.1", "0.2"}) {
    EventGroup& group = AddGroup(page, "a", 1);
    group.add_sums(std::stod(sum));
    group.add_exact_sums(sum);
    group.add_summed(3);
    AddBar(group, 60, 1);
    group.mutable_buckets(0)->add_sums(std::stod(sum));
    group.mutable_buckets(0)->add_exact_sums(sum);
  }

  GroupSum sum;
  sum.Add(page);

  const auto groups = sum.Largest(0);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].exact_sums(0), "123456789.3");
  EXPECT_EQ(groups[0].sums(0), 123456789.3);
  EXPECT_EQ(groups[0].summed(0), 6U);
  EXPECT_EQ(groups[0].buckets(0).exact_sums(0), "123456789.3");
}

TEST(GroupSum, HasTheLargestFirstAndLeavesSmallOnesOut) {
  AggregateEventsResponse page;
  AddGroup(page, "small", 1);
  AddGroup(page, "b", 3);
  AddGroup(page, "a", 3);
  AddGroup(page, "large", 9);

  GroupSum sum;
  sum.Add(page);

  std::string order;
  for (const EventGroup& group : sum.Largest(2)) order += group.keys(0) + " ";
  EXPECT_EQ(order, "large a b ");
}

TEST(GroupSum, KnowsWhenItWasCountedInParts) {
  AggregateEventsResponse page;
  GroupSum sum;
  sum.Add(page);
  EXPECT_FALSE(sum.is_of_parts());

  page.set_scan_budget_exhausted(true);
  sum.Add(page);
  page.set_scan_budget_exhausted(false);
  sum.Add(page);

  EXPECT_TRUE(sum.is_of_parts());
}

TEST(Sparkline, IsAsHighAsTheGreatest) {
  EXPECT_EQ(Sparkline({0, 1, 4, 8}), "·▁▄█");
  EXPECT_EQ(Sparkline({5, 5}), "██");
  EXPECT_EQ(Sparkline({0, 0}), "··");
  EXPECT_EQ(Sparkline({}), "");
}

TEST(Sparkline, AddsNeighboursUpWhereThereIsNoRoom) {
  EventGroup group;
  for (int64_t i = 0; i < 10; ++i) AddBar(group, i * 60, 1);
  const Bars bars{.begin = absl::UnixEpoch(), .width = absl::Minutes(1), .count = 10};

  const auto all = CountsOf(group, bars, 10);
  const auto some = CountsOf(group, bars, 4);

  EXPECT_EQ(all, std::vector<uint64_t>(10, 1));
  EXPECT_EQ(some, (std::vector<uint64_t>{3, 3, 3, 1}));
}

// Ten minutes, of which events came in the third and the fifth.
std::vector<EventGroup> TwoGroups() {
  std::vector<EventGroup> groups(2);
  AddBar(groups[0], 240, 7);
  AddBar(groups[1], 120, 1);
  return groups;
}

BarWindow TenMinutesUntil(absl::Duration end) {
  return {.end = absl::UnixEpoch() + end, .length = absl::Minutes(10), .width = absl::Minutes(1)};
}

TEST(BarsOf, AreOfTheWholeWindow) {
  const Bars bars = BarsOf(TenMinutesUntil(absl::Minutes(10)), TwoGroups());

  EXPECT_EQ(bars.begin, absl::UnixEpoch());
  EXPECT_EQ(bars.count, 10U);
  EXPECT_EQ(Sparkline(CountsOf(TwoGroups()[0], bars, 40)), "····█·····");
  EXPECT_EQ(Sparkline(CountsOf(TwoGroups()[1], bars, 40)), "··█·······");
}

TEST(BarsOf, BeginWhereTheServiceSaysThatBarsBegin) {
  for (const int64_t seconds : {-29, -1, 0, 1, 29}) {
    const absl::Duration end = absl::Minutes(10) + absl::Seconds(seconds);
    EXPECT_EQ(BarsOf(TenMinutesUntil(end), TwoGroups()).begin, absl::UnixEpoch()) << seconds;
  }
}

TEST(BarsOf, HaveAllEventsHoweverFarAClockIsOff) {
  for (const int64_t hours : {-100, -1, 1, 100}) {
    const Bars bars = BarsOf(TenMinutesUntil(absl::Hours(hours)), TwoGroups());
    EXPECT_EQ(bars.count, 10U);
    for (const EventGroup& group : TwoGroups()) {
      uint64_t events = 0;
      for (const uint64_t count : CountsOf(group, bars, 40)) events += count;
      EXPECT_EQ(events, group.buckets(0).count()) << hours;
    }
    EXPECT_LE(bars.begin, absl::UnixEpoch() + absl::Minutes(2));
    EXPECT_GT(bars.begin + absl::Minutes(10), absl::UnixEpoch() + absl::Minutes(4));
  }
}

TEST(BarsOf, HaveAPartOfABarForTheRestOfAWindow) {
  const BarWindow window{.end = absl::UnixEpoch() + absl::Seconds(150),
                         .length = absl::Seconds(150),
                         .width = absl::Minutes(1)};

  EXPECT_EQ(BarsOf(window, {}).count, 3U);
  EXPECT_EQ(BarsOf(window, {}).begin, absl::UnixEpoch());
}

}  // namespace
}  // namespace daybook::cli
