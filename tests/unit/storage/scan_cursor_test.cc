#include "storage/scan_cursor.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace daybook::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr uint64_t kWide = 1'000;

std::vector<std::pair<uint64_t, uint64_t>> StepsOf(ScanCursor& cursor, uint64_t length,
                                                   uint64_t segment) {
  std::vector<std::pair<uint64_t, uint64_t>> steps;
  while (cursor.next()) {
    const ScanCursor::Step step = cursor.Take(std::min(length, cursor.budget()), segment);
    cursor.Charge(step.last.value() - step.first.value() + 1);
    steps.emplace_back(step.first.value(), step.last.value());
  }
  return steps;
}

TEST(ScanCursor, StepsDoNotCrossSegments) {
  ScanCursor ascending({.filter = {}, .order = ScanOrder::kSeq, .last_examined = {}}, Seq(0),
                       LogSize(10));
  ScanCursor descending({.filter = {}, .order = ScanOrder::kSeqDescending, .last_examined = {}},
                        Seq(0), LogSize(10));

  EXPECT_THAT(StepsOf(ascending, kWide, 4), ElementsAre(Pair(0, 3), Pair(4, 7), Pair(8, 9)));
  EXPECT_THAT(StepsOf(descending, kWide, 4), ElementsAre(Pair(8, 9), Pair(4, 7), Pair(0, 3)));
}

TEST(ScanCursor, StepsAreNoLongerThanAsked) {
  ScanCursor ascending({.filter = {}, .order = ScanOrder::kSeq, .last_examined = {}}, Seq(0),
                       LogSize(7));
  ScanCursor descending({.filter = {}, .order = ScanOrder::kSeqDescending, .last_examined = {}},
                        Seq(0), LogSize(7));

  EXPECT_THAT(StepsOf(ascending, 3, kWide), ElementsAre(Pair(0, 2), Pair(3, 5), Pair(6, 6)));
  EXPECT_THAT(StepsOf(descending, 3, kWide), ElementsAre(Pair(4, 6), Pair(1, 3), Pair(0, 0)));
}

TEST(ScanCursor, AnEmptyLogHasNoSteps) {
  ScanCursor cursor({.filter = {}, .last_examined = {}}, Seq(0), LogSize(0));

  EXPECT_THAT(StepsOf(cursor, kWide, kWide), IsEmpty());
  EXPECT_EQ(cursor.last_examined(), std::nullopt);
  EXPECT_FALSE(cursor.budget_exhausted());
}

TEST(ScanCursor, GoesOnBehindTheLastExamined) {
  ScanCursor ascending({.filter = {}, .order = ScanOrder::kSeq, .last_examined = Seq(3)}, Seq(0),
                       LogSize(6));
  ScanCursor descending({.filter = {}, .order = ScanOrder::kSeqDescending, .last_examined = Seq(3)},
                        Seq(0), LogSize(6));

  EXPECT_THAT(StepsOf(ascending, kWide, kWide), ElementsAre(Pair(4, 5)));
  EXPECT_THAT(StepsOf(descending, kWide, kWide), ElementsAre(Pair(0, 2)));
}

TEST(ScanCursor, TheEndsLeaveNothingBehindThem) {
  ScanCursor ascending({.filter = {}, .order = ScanOrder::kSeq, .last_examined = Seq(5)}, Seq(0),
                       LogSize(6));
  ScanCursor descending({.filter = {}, .order = ScanOrder::kSeqDescending, .last_examined = Seq(0)},
                        Seq(0), LogSize(6));

  EXPECT_THAT(StepsOf(ascending, kWide, kWide), IsEmpty());
  EXPECT_THAT(StepsOf(descending, kWide, kWide), IsEmpty());
  EXPECT_EQ(ascending.last_examined(), std::nullopt);
  EXPECT_EQ(descending.last_examined(), std::nullopt);
}

TEST(ScanCursor, StopsWhenTheBudgetIsUsedUp) {
  ScanCursor cursor(
      {.filter = {}, .order = ScanOrder::kSeqDescending, .last_examined = {}, .budget = 5}, Seq(0),
      LogSize(9));

  EXPECT_THAT(StepsOf(cursor, 4, kWide), ElementsAre(Pair(5, 8), Pair(4, 4)));
  EXPECT_TRUE(cursor.budget_exhausted());
  EXPECT_EQ(cursor.last_examined(), Seq(4));
}

TEST(ScanCursor, ABudgetThatEndsWithTheLogIsNotExhausted) {
  ScanCursor cursor({.filter = {}, .order = ScanOrder::kSeq, .last_examined = {}, .budget = 9},
                    Seq(0), LogSize(9));

  EXPECT_THAT(StepsOf(cursor, kWide, kWide), ElementsAre(Pair(0, 8)));
  EXPECT_FALSE(cursor.budget_exhausted());
  EXPECT_EQ(cursor.last_examined(), std::nullopt);
}

TEST(ScanCursor, StoppingInsideAStepForgetsItsRest) {
  ScanCursor ascending({.filter = {}, .order = ScanOrder::kSeq, .last_examined = {}}, Seq(0),
                       LogSize(9));
  ScanCursor descending({.filter = {}, .order = ScanOrder::kSeqDescending, .last_examined = {}},
                        Seq(0), LogSize(9));
  ascending.Take(6, kWide);
  descending.Take(6, kWide);

  ascending.StopBehind(Seq(2));
  descending.StopBehind(Seq(5));

  EXPECT_EQ(ascending.next(), std::nullopt);
  EXPECT_EQ(ascending.last_examined(), Seq(2));
  EXPECT_EQ(descending.next(), std::nullopt);
  EXPECT_EQ(descending.last_examined(), Seq(5));
  EXPECT_FALSE(descending.budget_exhausted());
}

TEST(ScanCursor, AnIndexedStepCostsWhatItIsCharged) {
  ScanCursor cursor({.filter = {}, .order = ScanOrder::kSeq, .last_examined = {}, .budget = 5},
                    Seq(0), LogSize(90));

  cursor.Take(40, kWide);
  cursor.Charge(2);

  EXPECT_EQ(cursor.budget(), 3U);
  EXPECT_EQ(cursor.next(), Seq(40));
}

TEST(ScanCursor, AStepMayCostMoreThanIsLeft) {
  ScanCursor cursor({.filter = {}, .order = ScanOrder::kSeq, .last_examined = {}, .budget = 5},
                    Seq(0), LogSize(90));

  cursor.Take(40, kWide);
  cursor.Charge(9);

  EXPECT_EQ(cursor.next(), std::nullopt);
  EXPECT_TRUE(cursor.budget_exhausted());
  EXPECT_EQ(cursor.last_examined(), Seq(39));
}

TEST(ScanCursor, LooksAtNothingBelowTheBeginOfTheLog) {
  for (const bool newest_first : {true, false}) {
    for (const uint64_t last_examined : {0, 3, 6, 8}) {
      ScanCursor cursor({.filter = {},
                         .order = newest_first ? ScanOrder::kSeqDescending : ScanOrder::kSeq,
                         .last_examined = Seq(last_examined)},
                        Seq(6), LogSize(9));
      while (cursor.next()) {
        EXPECT_GE(*cursor.next(), Seq(6));
        cursor.Take(/*length=*/2, /*segment=*/4);
      }
      EXPECT_EQ(cursor.last_examined(), std::nullopt);
    }
  }
}

}  // namespace
}  // namespace daybook::storage
