#include "journal/producer_table.h"

#include <cstdint>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::audit::v1::Producer;
using ::daybook::query::v1::ProducerCounts;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Gaps = std::vector<std::pair<uint64_t, uint64_t>>;

Event NumberedEvent(const std::string& producer, uint64_t number) {
  Event event;
  event.set_producer(producer);
  event.set_producer_sequence(number);
  return event;
}

Event UnnumberedEvent(const std::string& producer) {
  Event event;
  event.set_producer(producer);
  return event;
}

Producer OnlyOne(const ProducerTable& table) {
  return table.List("", 1, absl::UnixEpoch()).front();
}

Gaps ListedGaps(const Producer& producer) {
  Gaps gaps;
  for (const auto& gap : producer.gaps()) gaps.emplace_back(gap.first(), gap.last());
  return gaps;
}

uint64_t AllGaps(const Producer& producer) {
  return static_cast<uint64_t>(producer.gaps_size()) + producer.more_gaps();
}

// The gaps between numbers that came, counted one by one.
Gaps GapsBetween(const std::set<uint64_t>& numbers) {
  Gaps gaps;
  for (auto each = numbers.begin(); std::next(each) != numbers.end(); ++each) {
    if (*std::next(each) - *each > 1) gaps.emplace_back(*each + 1, *std::next(each) - 1);
  }
  return gaps;
}

TEST(ProducerTable, KnowsTheGapsWhateverTheOrder) {
  std::mt19937_64 random(7);  // NOLINT: the same numbers each time
  for (int round = 0; round < 50; ++round) {
    ProducerTable table({});
    std::set<uint64_t> came;
    for (int i = 0; i < 150; ++i) {
      const uint64_t number = random() % 190;
      came.insert(number);
      table.Add(NumberedEvent("shop", number), i);
      if (came.size() < 2) continue;

      ASSERT_EQ(ListedGaps(OnlyOne(table)), GapsBetween(came)) << "round " << round << ", " << i;
    }
    EXPECT_EQ(OnlyOne(table).last_sequence(), *came.rbegin());
    EXPECT_EQ(OnlyOne(table).sequenced_events(), 150);
  }
}

TEST(ProducerTable, TakesTheGreatestNumbersThatThereAre) {
  ProducerTable table({});
  for (const uint64_t number : {UINT64_MAX, uint64_t{0}, UINT64_MAX - 1, UINT64_MAX, uint64_t{1}}) {
    table.Add(NumberedEvent("shop", number), 1);
  }

  EXPECT_EQ(OnlyOne(table).last_sequence(), UINT64_MAX);
  EXPECT_THAT(ListedGaps(OnlyOne(table)), ElementsAre(std::pair(uint64_t{2}, UINT64_MAX - 2)));
}

TEST(ProducerTable, ForgetsWhoWasHeardLongestAgo) {
  ProducerTable table({.max_producers = 20});
  for (int i = 0; i < 100; ++i) {
    table.Add(UnnumberedEvent(absl::StrCat("p", 1'000 + i)), i);
    EXPECT_LE(table.size(), 20U);
  }

  const std::vector<Producer> listed = table.List("", 100, absl::UnixEpoch());
  EXPECT_EQ(listed.back().name(), "p1099");
  EXPECT_GE(listed.size(), 17U);
  EXPECT_GE(listed.front().name(), "p1080");
  EXPECT_EQ(table.forgotten() + table.size(), 100U);
}

TEST(ProducerTable, KeepsThoseWithAPastWhateverNamesAreMadeUp) {
  ProducerTable table({.max_producers = 100});
  for (const uint64_t number : {1U, 2U, 9U}) table.Add(NumberedEvent("went-quiet", number), 0);

  for (int i = 0; i < 10'000; ++i) {
    table.Add(NumberedEvent(absl::StrCat("made-up-", i), 1), 10 + i);
    table.Add(NumberedEvent(absl::StrCat("made-up-", i), 3), 10 + i);
  }

  const Producer quiet = table.List("went", 1, absl::UnixEpoch()).front();
  EXPECT_EQ(quiet.name(), "went-quiet");
  EXPECT_EQ(quiet.events(), 3);
  EXPECT_THAT(ListedGaps(quiet), ElementsAre(std::pair(uint64_t{3}, uint64_t{8})));
  EXPECT_LE(table.size(), 100U);
  EXPECT_LE(table.ranges(), 200U);
}

TEST(ProducerTable, OnlyCountsTheGapsOfTheOneThatHasTooMany) {
  ProducerTable table({.max_ranges = 3});
  for (uint64_t number = 1; number < 100; number += 2) table.Add(NumberedEvent("shop", number), 1);

  EXPECT_EQ(table.ranges(), 3U);
  EXPECT_THAT(ListedGaps(OnlyOne(table)), ElementsAre(std::pair(96, 96), std::pair(98, 98)));
  EXPECT_EQ(AllGaps(OnlyOne(table)), 49U);

  table.Add(NumberedEvent("shop", 50), 1);  // between those that are only counted
  EXPECT_EQ(AllGaps(OnlyOne(table)), 49U);
}

TEST(ProducerTable, TakesGapsFromThoseWithTheMostWhereAllHaveTooMany) {
  ProducerTable table({.max_producers = 50, .max_ranges = 64, .max_all_ranges = 400});
  for (const uint64_t number : {1U, 3U, 5U}) table.Add(NumberedEvent("honest", number), 1);
  for (uint64_t number = 1; number < 200; number += 2) {
    for (int i = 0; i < 40; ++i) table.Add(NumberedEvent(absl::StrCat("made-up-", i), number), 1);
    ASSERT_LE(table.ranges(), 400U);
  }

  const std::vector<Producer> listed = table.List("", 50, absl::UnixEpoch());
  EXPECT_THAT(ListedGaps(listed.front()), ElementsAre(std::pair(2, 2), std::pair(4, 4)));
  for (size_t i = 1; i < listed.size(); ++i) EXPECT_EQ(AllGaps(listed[i]), 99U);
}

TEST(ProducerTable, IsTheSameAfterItWasKept) {
  ProducerTable table({.max_producers = 2, .max_ranges = 3});
  for (const char* const name : {"gone", "gone too", "shop"}) table.Add(UnnumberedEvent(name), 0);
  for (const uint64_t number : {1U, 3U, 5U, 7U, 9U}) {
    table.Add(NumberedEvent("shop", number), static_cast<Micros>(number));
  }

  ProducerTable restored({.max_producers = 2, .max_ranges = 3});
  ASSERT_TRUE(restored.Restore(table.ToProto()));

  EXPECT_EQ(restored.ToProto().SerializeAsString(), table.ToProto().SerializeAsString());
  EXPECT_EQ(restored.ranges(), table.ranges());
  EXPECT_EQ(restored.forgotten(), table.forgotten());
  EXPECT_GT(restored.forgotten(), 0U);
}

TEST(ProducerTable, DoesNotRestoreWhatCannotBe) {
  ProducerTable table({});
  for (const uint64_t number : {1U, 3U, 4U}) table.Add(NumberedEvent("shop", number), 5);
  const ProducerCounts good = table.ToProto();
  const auto expect_refused = [&good](const std::function<void(ProducerCounts&)>& spoil,
                                      ProducerTable::Limits limits = {}) {
    ProducerCounts spoiled = good;
    spoil(spoiled);
    ProducerTable refusing(limits);
    EXPECT_FALSE(refusing.Restore(spoiled)) << spoiled.ShortDebugString();
    EXPECT_EQ(refusing.size() + refusing.ranges(), 0U);
    EXPECT_THAT(refusing.List("", 10, absl::UnixEpoch()), IsEmpty());
  };

  expect_refused([](auto& counts) { counts.mutable_producers(0)->clear_name(); });
  expect_refused([](auto& counts) { *counts.add_producers() = counts.producers(0); });
  expect_refused([](auto& counts) { counts.mutable_producers(0)->set_events(2); });
  expect_refused([](auto& counts) { counts.mutable_producers(0)->set_first_time(6); });
  expect_refused([](auto& counts) { counts.mutable_producers(0)->set_last_time(INT64_MAX); });
  expect_refused([](auto& counts) { counts.mutable_producers(0)->clear_range_ends(); });
  expect_refused([](auto& counts) { counts.mutable_producers(0)->add_range_ends(9); });
  // Ranges 1-1 and 3-4 that overlap, touch or go backwards.
  expect_refused([](auto& counts) { counts.mutable_producers(0)->set_range_ends(1, 3); });
  expect_refused([](auto& counts) { counts.mutable_producers(0)->set_range_ends(1, 2); });
  expect_refused([](auto& counts) { counts.mutable_producers(0)->set_range_ends(3, 2); });
  // More than it may keep.
  const auto nothing = [](ProducerCounts&) {};
  expect_refused(nothing, {.max_ranges = 1});
  expect_refused(nothing, {.max_all_ranges = 1});
  expect_refused(nothing, {.max_producers = 0});
}

}  // namespace
}  // namespace daybook::journal
