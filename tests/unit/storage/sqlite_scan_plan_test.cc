#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "query/filter.h"
#include "storage/sqlite/sqlite_event_store.h"
#include "support/manual_clock.h"
#include "support/new_events.h"
#include "support/sqlite_folder.h"
#include "support/status_matchers.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::testing::EventOf;
using ::daybook::testing::FromTester;
using ::daybook::testing::IsOk;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::Le;

using Segment = ScanPlan::Segment;

auto Answered(uint64_t segment, SegmentAccess access, uint64_t rows, uint64_t found) {
  return AllOf(Field(&Segment::number, segment), Field(&Segment::access, access),
               Field(&Segment::rows_examined, rows), Field(&Segment::events_found, found));
}

// A store whose segments take a thousand events each, a minute each; three are sealed, and the
// fourth has one event.
class ScanPlanTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int segment = 0; segment < 4; ++segment) {
      const size_t count = segment < 3 ? 1'000 : 1;
      std::vector<NewEvent> events;
      events.reserve(count);
      for (size_t i = 0; i < count; ++i) {
        Event event = EventOf("step_" + std::to_string(segment));
        event.set_user_id(int64_t{segment} * 1'000 + static_cast<int64_t>(i % 500));
        if (i % 100 == 7) {
          SetTimestamp(absl::ToUnixMicros(clock_.Now()) - static_cast<Micros>(i),
                       event.mutable_event_time());
        }
        events.push_back(testing::MakeNewEvent(rules_, event, FromTester(), clock_.Now()));
      }
      ASSERT_THAT(store_->Append(testing::PointersTo(events)), IsOk());
      store_->WaitUntilSealed();
      clock_.Advance(absl::Minutes(1));
    }
  }

  ScanResult Scan(const std::string& filter, ScanOrder order = ScanOrder::kSeqDescending,
                  size_t limit = 100) {
    auto found = store_->Scan({.filter = *query::Filter::Parse(filter),
                               .order = order,
                               .as_of = store_->Size(),
                               .last_examined = {},
                               .limit = limit,
                               .explain = true});
    EXPECT_THAT(found, IsOk());
    return found.ok() ? *std::move(found) : ScanResult();
  }

  testing::ManualClock clock_;
  event::EventRules rules_ = *event::EventRules::Compile();
  testing::SqliteFolder folder_{1'000};
  std::unique_ptr<SqliteEventStore> store_ = folder_.Open(clock_).value();
};

TEST_F(ScanPlanTest, IsEmptyWhereNobodyAsks) {
  const auto found =
      store_->Scan({.filter = {}, .as_of = store_->Size(), .last_examined = {}, .limit = 10});

  ASSERT_THAT(found, IsOk());
  EXPECT_TRUE(found->plan.segments().empty());
}

TEST_F(ScanPlanTest, SaysWhichSegmentsAreAnsweredByWhat) {
  const ScanResult found = Scan("user_id = 1007");

  EXPECT_EQ(found.events.size(), 2U);
  EXPECT_THAT(found.plan.segments(),
              ElementsAre(Answered(3, SegmentAccess::kMemory, 0, 0),
                          Answered(2, SegmentAccess::kSkippedBySubject, 0, 0),
                          Answered(1, SegmentAccess::kIndex, 2, 2),
                          Answered(0, SegmentAccess::kSkippedBySubject, 0, 0)));
  EXPECT_EQ(found.plan.segments()[2].index, "audit_logs_user_id");
  EXPECT_EQ(found.budget_used, 256U + 1 + 256 + 1);
}

TEST_F(ScanPlanTest, SaysWhySegmentsAreSkipped) {
  EXPECT_THAT(Scan("action = step_0", ScanOrder::kSeqDescending, 1'000).plan.segments(),
              ElementsAre(Answered(3, SegmentAccess::kRows, 1, 0),
                          Answered(2, SegmentAccess::kSkippedByKind, 0, 0),
                          Answered(1, SegmentAccess::kSkippedByKind, 0, 0),
                          Answered(0, SegmentAccess::kRows, 1'000, 1'000)));
  EXPECT_THAT(Scan("seq < 5 OR seq < 4").plan.segments(),
              ElementsAre(Answered(3, SegmentAccess::kRows, 1, 0),
                          Answered(2, SegmentAccess::kSkippedByTime, 0, 0),
                          Answered(1, SegmentAccess::kSkippedByTime, 0, 0),
                          Answered(0, SegmentAccess::kRows, 1'000, 5)));
}

TEST_F(ScanPlanTest, HasTheSegmentsThatTheFiltersRangePassesByBehindTheOthers) {
  for (const ScanOrder order : {ScanOrder::kSeq, ScanOrder::kSeqDescending}) {
    EXPECT_THAT(Scan("seq >= 1500 AND seq < 1505", order).plan.segments(),
                ElementsAre(Answered(1, SegmentAccess::kRows, 5, 5),
                            Answered(0, SegmentAccess::kSkippedByTime, 0, 0),
                            Answered(2, SegmentAccess::kSkippedByTime, 0, 0),
                            Answered(3, SegmentAccess::kSkippedByTime, 0, 0)));
  }
}

TEST_F(ScanPlanTest, PassesAllSegmentsByWhereTheFiltersRangeIsEmpty) {
  const ScanResult found = Scan("seq > 7 AND seq < 7");

  EXPECT_TRUE(found.events.empty());
  EXPECT_EQ(found.plan.segments().size(), 4U);
  for (const Segment& segment : found.plan.segments()) {
    EXPECT_EQ(segment.access, SegmentAccess::kSkippedByTime) << segment.number;
  }
}

TEST_F(ScanPlanTest, OnlyTheFirstPageHasWhatTheFiltersRangePassesBy) {
  const ScanResult second = *store_->Scan({.filter = *query::Filter::Parse("seq < 5"),
                                           .as_of = store_->Size(),
                                           .last_examined = Seq(3),
                                           .explain = true});

  EXPECT_THAT(second.plan.segments(), ElementsAre(Answered(0, SegmentAccess::kRows, 3, 3)));
}

TEST_F(ScanPlanTest, APageCountsTheRowsThatLieInItsWay) {
  EXPECT_THAT(Scan("", ScanOrder::kSeq, 10).plan.segments(),
              ElementsAre(Answered(0, SegmentAccess::kRows, 10, 10)));
  EXPECT_THAT(Scan("", ScanOrder::kSeqDescending, 10).plan.segments(),
              ElementsAre(Answered(3, SegmentAccess::kRows, 1, 1),
                          Answered(2, SegmentAccess::kRows, 9, 9)));
}

// What a page by event time costs: itself, and a look into the segments that overlap.
TEST_F(ScanPlanTest, APageByEventTimeReadsNoWholeSegment) {
  for (const ScanOrder order : {ScanOrder::kEventTime, ScanOrder::kEventTimeDescending}) {
    const ScanResult found = Scan("", order, 50);

    ASSERT_EQ(found.events.size(), 50U);
    EXPECT_THAT(found.plan.segments().size(), Le(3U));
    uint64_t rows = 0;
    for (const Segment& segment : found.plan.segments()) rows += segment.rows_examined;
    EXPECT_THAT(rows, Le(150U));
    EXPECT_THAT(found.budget_used, Le(200U));
  }
}

TEST_F(ScanPlanTest, AnOrderOfEventTimeUsesItsIndex) {
  const ScanResult found = Scan("seq < 1000", ScanOrder::kEventTime, 5);

  ASSERT_EQ(found.events.size(), 5U);
  EXPECT_EQ(found.events[0].seq(), 907U);  // the latest that was dated back
  ASSERT_FALSE(found.plan.segments().empty());
  EXPECT_EQ(found.plan.segments()[0].index, "audit_logs_event_time");
}

}  // namespace
}  // namespace daybook::storage::sqlite
