#include "storage/sqlite/event_times.h"

#include <algorithm>
#include <random>
#include <vector>

#include <gmock/gmock.h>

namespace daybook::storage::sqlite {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

constexpr uint64_t kLogEnd = 1'000'000;

bool Any(Seq /*seq*/) { return true; }

KeyRange Rising(size_t limit) { return {.after = kLeastKey, .last = Seq(kLogEnd), .limit = limit}; }

KeyRange Falling(size_t limit) {
  return {.after = kGreatestKey, .last = Seq(kLogEnd), .descending = true, .limit = limit};
}

std::vector<int64_t> SeqsOf(const std::vector<EventTimeKey>& keys) {
  std::vector<int64_t> seqs;
  seqs.reserve(keys.size());
  for (const EventTimeKey& key : keys) seqs.push_back(key.seq);
  return seqs;
}

class EventTimesTest : public ::testing::Test {
 protected:
  EventTimesTest() {
    for (const EventTimeKey& key :
         {EventTimeKey{.time = 50, .seq = 1}, EventTimeKey{.time = 20, .seq = 4},
          EventTimeKey{.time = 50, .seq = 5}, EventTimeKey{.time = -30, .seq = 9}}) {
      times_.Add(key);
    }
  }

  std::vector<int64_t> Found(const KeyRange& range) const {
    return SeqsOf(times_.Find(range, Any));
  }

  EventTimes times_{8};
};

TEST_F(EventTimesTest, FindsByTimeAndThenBySeq) {
  EXPECT_THAT(Found(Rising(10)), ElementsAre(9, 4, 1, 5));
  EXPECT_THAT(Found(Falling(10)), ElementsAre(5, 1, 4, 9));
}

TEST_F(EventTimesTest, FindsTheFirstOnesWhereThereAreMore) {
  EXPECT_THAT(Found(Rising(2)), ElementsAre(9, 4));
  EXPECT_THAT(Found(Falling(3)), ElementsAre(5, 1, 4));
}

TEST_F(EventTimesTest, GoesOnBehindAKeyOfManyOfTheSameTime) {
  KeyRange rising = Rising(10);
  rising.after = {.time = 50, .seq = 1};
  EXPECT_THAT(Found(rising), ElementsAre(5));
  KeyRange falling = Falling(10);
  falling.after = {.time = 50, .seq = 5};
  EXPECT_THAT(Found(falling), ElementsAre(1, 4, 9));
}

TEST_F(EventTimesTest, FindsNothingBehindASnapshot) {
  KeyRange range = Rising(10);
  range.last = Seq(4);
  EXPECT_THAT(Found(range), ElementsAre(4, 1));
}

TEST_F(EventTimesTest, WhatIsNotWantedTakesNoRoom) {
  const auto is_even = [](Seq seq) { return seq.value() % 2 == 0; };
  EXPECT_THAT(SeqsOf(times_.Find(Rising(1), is_even)), ElementsAre(4));
  EXPECT_THAT(times_.Find(Rising(1), [](Seq) { return false; }), IsEmpty());
}

TEST_F(EventTimesTest, SortsAsTheWholeWouldBeSortedWhateverTheOrderOfArrival) {
  constexpr int kMany = 5'000;  // several chunks
  std::mt19937 random(7);       // NOLINT(cert-msc32-c,cert-msc51-cpp): the same each time
  std::vector<EventTimeKey> keys;
  EventTimes times(kMany);
  for (int seq = 0; seq < kMany; ++seq) {
    keys.push_back({.time = static_cast<Micros>(random() % 100), .seq = seq});
    times.Add(keys.back());
  }
  std::sort(keys.begin(), keys.end());
  EXPECT_THAT(times.Find(Rising(kMany), Any), ElementsAreArray(keys));
  std::reverse(keys.begin(), keys.end());
  keys.resize(777);
  EXPECT_THAT(times.Find(Falling(777), Any), ElementsAreArray(keys));
}

TEST_F(EventTimesTest, TakesMemoryAsItGrows) {
  const EventTimes large(1'000'000);
  EXPECT_LT(large.size_in_bytes(), 16'000);
  EXPECT_GT(times_.size_in_bytes(), 4 * sizeof(EventTimeKey));
}

}  // namespace
}  // namespace daybook::storage::sqlite
