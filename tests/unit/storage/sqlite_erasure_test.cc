#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "db/sqlite/connection.h"
#include "query/filter.h"
#include "storage/sqlite/segment_seal.h"
#include "storage/sqlite/sqlite_event_store.h"
#include "support/files_holding.h"
#include "support/manual_clock.h"
#include "support/new_events.h"
#include "support/sqlite_folder.h"
#include "support/status_matchers.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::ledger::Group;
using ::daybook::testing::EventOf;
using ::daybook::testing::FilesHolding;
using ::daybook::testing::FromTester;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr uint64_t kTinySegment = 8;
constexpr char kPersonBytes[] = "telegram-of-the-person";
constexpr char kAddressBytes[] = "2001:db8::1234:5678";
constexpr char kWordsBytes[] = "words about the person";

bool NeverCancelled() { return false; }

// Two sealed segments of eight events and an active one of three; every third
// event is the person's.
class SqliteErasureTest : public ::testing::Test {
 protected:
  SqliteErasureTest() {
    Fill(2 * kTinySegment + 3);
    store_->WaitUntilSealed();
    for (uint64_t seq = 0; seq < store_->Size().value(); ++seq) {
      leaves_.push_back(store_->Get(Seq(seq))->leaf_hash());
    }
  }

  static bool IsPersons(uint64_t number) { return number % 3 == 1; }

  NewEvent Numbered(uint64_t number) const {
    Event event = EventOf("login");
    event.set_telegram_id(IsPersons(number) ? kPersonBytes : absl::StrCat("other-", number));
    event.set_ip_address(IsPersons(number) ? kAddressBytes : "192.0.2.7");
    event.set_details(absl::StrCat(R"({"said":")", IsPersons(number) ? kWordsBytes : "-", "\"}"));
    return testing::MakeNewEvent(rules_, event, FromTester(absl::StrCat("id-", number)),
                                 clock_.Now());
  }

  void Fill(uint64_t count) {
    std::vector<NewEvent> events;
    for (uint64_t i = 0; i < count; ++i) events.push_back(Numbered(store_->Size().value() + i));
    ASSERT_THAT(store_->Append(testing::PointersTo(events)), IsOk());
  }

  absl::Status ErasePerson(const std::vector<Group>& groups) {
    Erasure erasure{.ranges = {}, .groups = groups};
    for (uint64_t seq = 0; seq < store_->Size().value(); ++seq) {
      if (IsPersons(seq)) erasure.ranges.push_back({.first = Seq(seq), .last = Seq(seq)});
    }
    return store_->Erase(erasure, NeverCancelled);
  }

  void Reopen() {
    store_.reset();
    auto opened = folder_.Open(clock_);
    ASSERT_THAT(opened, IsOk());
    store_ = *std::move(opened);
  }

  std::vector<std::string> Holding(const std::string& bytes) const {
    return FilesHolding(folder_.layout().root(), bytes);
  }

  void ExpectLeaves() {
    for (uint64_t seq = 0; seq < leaves_.size(); ++seq) {
      EXPECT_EQ(store_->Get(Seq(seq))->leaf_hash(), leaves_[seq]) << seq;
    }
  }

  size_t CountOf(const std::string& filter) {
    return store_
        ->Scan({.filter = query::Filter::Parse(filter).value(),
                .as_of = store_->Size(),
                .last_examined = {}})
        ->events.size();
  }

  int64_t Generation(uint64_t segment) const {
    Connection catalog =
        Connection::Open(folder_.layout().CatalogDb(), OpenMode::kReadOnly).value();
    return catalog
        .QueryInteger(absl::StrCat("SELECT generation FROM segments WHERE number = ", segment))
        .value();
  }

  testing::ManualClock clock_;
  event::EventRules rules_ = *event::EventRules::Compile();
  testing::SqliteFolder folder_{kTinySegment};
  std::unique_ptr<SqliteEventStore> store_ = folder_.Open(clock_).value();
  std::vector<std::string> leaves_;
};

TEST_F(SqliteErasureTest, WhatIsErasedStandsInNoFile) {
  for (const char* const bytes : {kPersonBytes, kAddressBytes, kWordsBytes}) {
    ASSERT_THAT(Holding(bytes), Not(IsEmpty())) << "the test looks in the wrong place";
  }

  ASSERT_THAT(ErasePerson({Group::kSubject}), IsOk());
  EXPECT_THAT(Holding(kPersonBytes), IsEmpty());
  EXPECT_THAT(Holding(kWordsBytes), Not(IsEmpty()));

  ASSERT_THAT(ErasePerson({Group::kClient, Group::kDetails}), IsOk());
  for (const char* const bytes : {kPersonBytes, kAddressBytes, kWordsBytes}) {
    EXPECT_THAT(Holding(bytes), IsEmpty());
  }
  Reopen();
  ExpectLeaves();
  EXPECT_THAT(Holding(".new"), IsEmpty());
}

TEST_F(SqliteErasureTest, SaltsOfErasedEventsStandInNoFile) {
  Connection segment = Connection::Open(folder_.layout().Segment(0), OpenMode::kReadOnly).value();
  const std::string salt = *segment.QueryText("SELECT salt FROM audit_logs WHERE id = 1");
  ASSERT_THAT(Holding(salt), Not(IsEmpty()));

  ASSERT_THAT(ErasePerson({Group::kSubject}), IsOk());

  EXPECT_THAT(Holding(salt), IsEmpty());
}

TEST_F(SqliteErasureTest, ASealedSegmentIsSealedAsBefore) {
  ASSERT_THAT(ErasePerson({Group::kSubject}), IsOk());

  EXPECT_TRUE(*IsSealed(folder_.layout().Segment(0)));
  EXPECT_TRUE(*IsSealed(folder_.layout().Segment(1)));
  EXPECT_FALSE(*IsSealed(folder_.layout().Segment(2)));
  EXPECT_EQ(Generation(0), 2);
  EXPECT_THAT(folder_.RawSegment(0).Execute("DELETE FROM audit_logs"), Not(IsOk()));
}

TEST_F(SqliteErasureTest, OthersAreFoundAsBeforeAndNobodyElse) {
  ASSERT_THAT(ErasePerson({Group::kSubject}), IsOk());

  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(CountOf(absl::StrCat("telegram_id = \"", kPersonBytes, "\"")), 0U);
    EXPECT_EQ(CountOf("telegram_id = \"other-2\""), 1U);
    EXPECT_EQ(CountOf("telegram_id = \"other-18\""), 1U);
    EXPECT_TRUE(store_->FindRepeated(Numbered(2))->has_value());
    EXPECT_TRUE(store_->FindRepeated(Numbered(18))->has_value());
    Reopen();
  }
}

TEST_F(SqliteErasureTest, ASegmentThatIsTouchedTwiceIsWrittenTwice) {
  ASSERT_THAT(ErasePerson({Group::kSubject}), IsOk());
  ASSERT_THAT(ErasePerson({Group::kDetails}), IsOk());

  EXPECT_EQ(Generation(0), 3);
  ExpectLeaves();
}

TEST_F(SqliteErasureTest, OnlySegmentsThatHoldSuchEventsAreWrittenAnew) {
  const Erasure erasure = {.ranges = {{.first = Seq(9), .last = Seq(9)}},
                           .groups = {Group::kSubject}};
  EXPECT_EQ(store_->CountRewrites(erasure), 1U);

  ASSERT_THAT(store_->Erase(erasure, NeverCancelled), IsOk());

  EXPECT_EQ(Generation(0), 1);
  EXPECT_EQ(Generation(1), 2);
}

TEST_F(SqliteErasureTest, CountsEachSegmentOnce) {
  const auto count = [this](std::vector<SeqRange> ranges) {
    return store_->CountRewrites({.ranges = std::move(ranges), .groups = {Group::kSubject}});
  };

  EXPECT_EQ(count({{.first = Seq(0), .last = Seq(18)}}), 3U);
  EXPECT_EQ(count({{.first = Seq(1), .last = Seq(1)}, {.first = Seq(7), .last = Seq(8)}}), 2U);
  EXPECT_EQ(count({{.first = Seq(7), .last = Seq(9)}, {.first = Seq(11), .last = Seq(12)}}), 2U);
}

TEST_F(SqliteErasureTest, WhatAnEarlierAttemptLeftIsReplaced) {
  std::ofstream(folder_.layout().Segment(0) + ".new") << kPersonBytes;
  std::ofstream(folder_.layout().Segment(2) + ".new-wal") << kPersonBytes;

  ASSERT_THAT(ErasePerson({Group::kSubject}), IsOk());

  EXPECT_THAT(Holding(kPersonBytes), IsEmpty());
  ExpectLeaves();
}

TEST_F(SqliteErasureTest, ARowThatIsDamagedIsLeftAsItIs) {
  store_.reset();
  {
    Connection raw = folder_.RawSegment(2);
    ASSERT_THAT(raw.Execute("DROP TRIGGER audit_logs_no_update;"
                            "UPDATE audit_logs SET salt = NULL, redaction = x'0102' WHERE id = 16"),
                IsOk());
  }
  EXPECT_THAT(folder_.Open(clock_), HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(SqliteErasureTest, QueriesGoOnMeanwhileAndMissNothing) {
  std::atomic<bool> is_done = false;
  std::thread reads([&] {
    while (!is_done) {
      EXPECT_EQ(CountOf("telegram_id = \"other-3\""), 1U);
      EXPECT_EQ(CountOf("telegram_id = \"other-17\""), 1U);
      EXPECT_THAT(store_->Get(Seq(1)), IsOk());
    }
  });

  for (const Group group : {Group::kSubject, Group::kClient, Group::kObject, Group::kDetails}) {
    EXPECT_THAT(ErasePerson({group}), IsOk());
  }

  is_done = true;
  reads.join();
  ExpectLeaves();
}

TEST_F(SqliteErasureTest, EventsAreRecordedMeanwhile) {
  std::thread records([&] {
    for (int i = 0; i < 20; ++i) Fill(3);
  });

  Erasure erasure{.ranges = {{.first = Seq(0), .last = Seq(18)}}, .groups = {Group::kSubject}};
  absl::Status erased = store_->Erase(erasure, NeverCancelled);
  while (absl::IsUnavailable(erased)) erased = store_->Erase(erasure, NeverCancelled);

  records.join();
  EXPECT_THAT(erased, IsOk());
  EXPECT_EQ(store_->Size(), LogSize(2 * kTinySegment + 3 + 60));
  EXPECT_EQ(CountOf("telegram_id = \"other-18\""), 0U);
  EXPECT_EQ(CountOf("telegram_id = \"other-20\""), 1U);
  Reopen();
  ExpectLeaves();
}

TEST_F(SqliteErasureTest, WhatSomebodyOpensForMomentsIsErasedAllTheSame) {
  std::atomic<bool> ends = false;
  std::thread reads([&] {
    while (!ends) {
      auto other = Connection::Open(folder_.layout().Segment(2), OpenMode::kReadOnly);
      if (other.ok()) other->QueryInteger("SELECT count(*) FROM audit_logs").IgnoreError();
    }
  });

  for (const Group group : {Group::kSubject, Group::kClient, Group::kDetails}) {
    EXPECT_THAT(ErasePerson({group}), IsOk());
  }

  ends = true;
  reads.join();
  EXPECT_THAT(Holding(kPersonBytes), IsEmpty());
  ExpectLeaves();
}

TEST_F(SqliteErasureTest, WhatAnotherProgramHasOpenWaits) {
  {
    Connection other = Connection::Open(folder_.layout().Segment(2), OpenMode::kReadOnly).value();
    EXPECT_THAT(other.QueryInteger("SELECT count(*) FROM audit_logs"), IsOk());

    EXPECT_THAT(ErasePerson({Group::kSubject}), HasCode(absl::StatusCode::kUnavailable));
    Fill(1);
  }

  EXPECT_THAT(ErasePerson({Group::kSubject}), IsOk());
  EXPECT_THAT(Holding(kPersonBytes), IsEmpty());
  ExpectLeaves();
}

}  // namespace
}  // namespace daybook::storage::sqlite
