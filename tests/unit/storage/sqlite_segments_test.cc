#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_replace.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "storage/sqlite/sqlite_event_store.h"
#include "support/manual_clock.h"
#include "support/new_events.h"
#include "support/sqlite_folder.h"
#include "support/status_matchers.h"

namespace daybook::storage::sqlite {
namespace {

namespace fs = std::filesystem;

using ::daybook::testing::EventOf;
using ::daybook::testing::FromTester;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kInsertRowThree[] =
    "INSERT INTO audit_logs (id, created_at, event_time, action, outcome, tenant, source,"
    " leaf_version) VALUES (3, 0, 0, 'intruder', 1, 'default', 3, 1)";

// A store whose segments take four events each.
class SqliteSegmentsTest : public ::testing::Test {
 protected:
  absl::Status Append(int count) {
    std::vector<NewEvent> events;
    events.reserve(static_cast<size_t>(count));
    for (int i = 0; i < count; ++i) {
      events.push_back(testing::MakeNewEvent(rules_, EventOf("step_" + std::to_string(next_ + i)),
                                             FromTester("id-" + std::to_string(next_ + i)),
                                             clock_.Now()));
    }
    absl::Status appended = store_->Append(testing::PointersTo(events)).status();
    if (appended.ok()) next_ += count;
    return appended;
  }

  // Ends the store once everything that can be sealed is.
  void CloseSealed() {
    store_->WaitUntilSealed();
    store_.reset();
  }

  absl::Status Reopen() {
    store_.reset();
    DAYBOOK_ASSIGN_OR_RETURN(store_, folder_.Open(clock_));
    return absl::OkStatus();
  }

  // Takes events out of a segment, as if they had never been committed, and
  // neither segment nor catalog known of sealing.
  void Truncate(uint64_t segment, uint64_t first) {
    ASSERT_THAT(folder_.RawSegment(segment).Execute(
                    "DROP TRIGGER audit_logs_no_delete; DROP TRIGGER IF EXISTS audit_logs_sealed;"
                    "DELETE FROM audit_logs WHERE id >= " +
                    std::to_string(first)),
                IsOk());
    fs::remove(folder_.layout().CatalogDb());
  }

  void ExpectEventsUpTo(uint64_t size) {
    ASSERT_EQ(store_->Size(), LogSize(size));
    for (uint64_t seq = 0; seq < size; ++seq) {
      const auto event = store_->Get(Seq(seq));
      ASSERT_THAT(event, IsOk());
      EXPECT_EQ(event->action(), "step_" + std::to_string(seq));
    }
  }

  std::vector<uint64_t> Segments() const { return folder_.layout().SegmentNumbers().value(); }

  testing::ManualClock clock_;
  event::EventRules rules_ = *event::EventRules::Compile();
  testing::SqliteFolder folder_{/*segment_events=*/4};
  std::unique_ptr<SqliteEventStore> store_ = folder_.Open(clock_).value();
  int next_ = 0;
};

TEST_F(SqliteSegmentsTest, AnAppendMayCrossSeveralSegments) {
  ASSERT_THAT(Append(1), IsOk());

  ASSERT_THAT(Append(14), IsOk());

  EXPECT_THAT(Segments(), ElementsAre(0, 1, 2, 3));
  ExpectEventsUpTo(15);
}

TEST_F(SqliteSegmentsTest, WhatCrossedSegmentsIsThereAfterReopening) {
  ASSERT_THAT(Append(1), IsOk());
  ASSERT_THAT(Append(14), IsOk());

  ASSERT_THAT(Reopen(), IsOk());

  ExpectEventsUpTo(15);
  ASSERT_THAT(Append(3), IsOk());
  ExpectEventsUpTo(18);
}

TEST_F(SqliteSegmentsTest, AFullSegmentIsFollowedByTheNext) {
  ASSERT_THAT(Append(4), IsOk());
  EXPECT_THAT(Segments(), ElementsAre(0));

  ASSERT_THAT(Append(4), IsOk());
  ASSERT_THAT(Append(1), IsOk());

  EXPECT_THAT(Segments(), ElementsAre(0, 1, 2));
  ExpectEventsUpTo(9);
}

TEST_F(SqliteSegmentsTest, GoesOnAfterReopeningWithAFullSegment) {
  ASSERT_THAT(Append(8), IsOk());

  ASSERT_THAT(Reopen(), IsOk());
  ASSERT_THAT(Append(1), IsOk());

  ExpectEventsUpTo(9);
}

TEST_F(SqliteSegmentsTest, AnEmptySegmentBehindAFullOneIsKept) {
  ASSERT_THAT(Append(5), IsOk());
  CloseSealed();
  Truncate(1, 4);

  ASSERT_THAT(Reopen(), IsOk());

  ExpectEventsUpTo(4);
  EXPECT_THAT(Segments(), ElementsAre(0, 1));
}

TEST_F(SqliteSegmentsTest, SegmentsAboveOneThatIsNotFullAreDiscarded) {
  ASSERT_THAT(Append(14), IsOk());
  CloseSealed();
  Truncate(0, 2);

  ASSERT_THAT(Reopen(), IsOk());

  ExpectEventsUpTo(2);
  EXPECT_THAT(Segments(), ElementsAre(0));
  EXPECT_THAT(store_
                  ->FindRepeated(testing::MakeNewEvent(rules_, EventOf("step_5"),
                                                       FromTester("id-5"), clock_.Now()))
                  .value(),
              ::testing::Eq(std::nullopt));
}

TEST_F(SqliteSegmentsTest, AfterADiscardTheLogGoesOn) {
  ASSERT_THAT(Append(14), IsOk());
  CloseSealed();
  Truncate(0, 2);
  ASSERT_THAT(Reopen(), IsOk());
  next_ = 2;

  ASSERT_THAT(Append(7), IsOk());

  ExpectEventsUpTo(9);
}

TEST_F(SqliteSegmentsTest, AnAppendThatFailsInItsFirstSegmentIsSeenNowhere) {
  ASSERT_THAT(Append(2), IsOk());
  ASSERT_THAT(folder_.RawSegment(0).Execute(kInsertRowThree), IsOk());

  EXPECT_FALSE(Append(4).ok());

  ExpectEventsUpTo(2);
  EXPECT_THAT(store_->Get(Seq(4)), HasCode(absl::StatusCode::kNotFound));
}

TEST_F(SqliteSegmentsTest, TheSegmentThatDecidesIsCommittedLast) {
  ASSERT_THAT(Append(4), IsOk());
  // Every new segment holds event 8 already, which only the one that it belongs
  // to trips over.
  db::sqlite::Connection blank =
      db::sqlite::Connection::Open(folder_.layout().TemplateDb(), db::sqlite::OpenMode::kReadWrite)
          .value();
  ASSERT_THAT(blank.Execute(absl::StrReplaceAll(kInsertRowThree, {{"(3,", "(8,"}})), IsOk());
  ASSERT_THAT(blank.CheckpointAndTruncate(), IsOk());

  EXPECT_FALSE(Append(8).ok());

  ExpectEventsUpTo(4);
  EXPECT_EQ(*folder_.RawSegment(1).QueryInteger("SELECT count(*) FROM audit_logs WHERE id < 8"), 0);
}

TEST_F(SqliteSegmentsTest, AnAppendThatCannotStartASegmentIsSeenNowhere) {
  ASSERT_THAT(Append(2), IsOk());
  fs::create_directories(folder_.layout().Segment(1) + "/in_the_way");

  EXPECT_FALSE(Append(4).ok());

  ExpectEventsUpTo(2);
  EXPECT_EQ(*folder_.RawSegment(0).QueryInteger("SELECT count(*) FROM audit_logs"), 2);
  fs::remove_all(folder_.layout().Segment(1));
  EXPECT_THAT(Append(4), IsOk());
  ExpectEventsUpTo(6);
}

TEST_F(SqliteSegmentsTest, WithoutATemplateAnAppendSaysThatTheStoreIsDamaged) {
  ASSERT_THAT(Append(4), IsOk());
  fs::rename(folder_.layout().TemplateDb(), folder_.layout().TemplateDb() + ".away");

  EXPECT_EQ(ReasonIn(Append(1)), "STORE_DAMAGED");

  fs::rename(folder_.layout().TemplateDb() + ".away", folder_.layout().TemplateDb());
  EXPECT_THAT(Append(1), IsOk());
}

TEST_F(SqliteSegmentsTest, AStoreWithoutItsFolderOfSegmentsIsDataLoss) {
  store_.reset();
  fs::remove_all(folder_.layout().SegmentsFolder());

  EXPECT_EQ(ReasonIn(Reopen()), "STORE_DAMAGED");
}

TEST_F(SqliteSegmentsTest, AnEmptyFileIsDataLossAndNamed) {
  store_.reset();
  fs::resize_file(folder_.layout().Segment(0), 0);

  const absl::Status opened = Reopen();

  EXPECT_EQ(ReasonIn(opened), "STORE_DAMAGED");
  EXPECT_THAT(std::string(opened.message()), HasSubstr("000000.db"));
}

TEST_F(SqliteSegmentsTest, AMissingSegmentIsDataLoss) {
  ASSERT_THAT(Append(12), IsOk());
  CloseSealed();
  fs::remove(folder_.layout().Segment(1));

  const absl::Status opened = Reopen();

  EXPECT_THAT(opened, HasCode(absl::StatusCode::kDataLoss));
  EXPECT_EQ(ReasonIn(opened), "STORE_DAMAGED");
}

TEST_F(SqliteSegmentsTest, AStoreWithoutSegmentsIsDataLoss) {
  store_.reset();
  fs::remove(folder_.layout().Segment(0));

  EXPECT_THAT(Reopen(), HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(Segments(), IsEmpty());
}

TEST_F(SqliteSegmentsTest, ASealedSegmentInTheWrongPlaceIsDataLoss) {
  ASSERT_THAT(Append(13), IsOk());
  CloseSealed();
  fs::copy_file(folder_.layout().Segment(0), folder_.layout().Segment(1),
                fs::copy_options::overwrite_existing);

  // Not all segments are opened at a start.
  absl::Status found = Reopen();
  if (found.ok()) found = store_->Get(Seq(5)).status();

  EXPECT_EQ(ReasonIn(found), "STORE_DAMAGED");
}

TEST_F(SqliteSegmentsTest, AnUnsealedSegmentInTheWrongPlaceIsDataLoss) {
  ASSERT_THAT(Append(5), IsOk());
  CloseSealed();
  fs::copy_file(folder_.layout().Segment(0), folder_.layout().Segment(1),
                fs::copy_options::overwrite_existing);

  EXPECT_EQ(ReasonIn(Reopen()), "STORE_DAMAGED");
}

TEST_F(SqliteSegmentsTest, AFileThatIsNoDatabaseIsDataLoss) {
  ASSERT_THAT(Append(1), IsOk());
  store_.reset();
  fs::resize_file(folder_.layout().Segment(0), 0);
  fs::copy_file(folder_.layout().LedgerDb(), folder_.layout().Segment(0),
                fs::copy_options::overwrite_existing);
  fs::resize_file(folder_.layout().Segment(0), 1'000);

  EXPECT_THAT(Reopen(), HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(SqliteSegmentsTest, RequestsOfEarlierSegmentsAreRememberedAcrossReopening) {
  ASSERT_THAT(Append(10), IsOk());

  ASSERT_THAT(Reopen(), IsOk());

  const auto found = store_->FindRepeated(
      testing::MakeNewEvent(rules_, EventOf("step_1"), FromTester("id-1"), clock_.Now()));
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->seq(), 1U);
}

}  // namespace
}  // namespace daybook::storage::sqlite
