#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "db/sqlite/connection.h"
#include "ledger/tile_edge.h"
#include "query/filter.h"
#include "storage/sqlite/segment_seal.h"
#include "storage/sqlite/sqlite_event_store.h"
#include "support/manual_clock.h"
#include "support/new_events.h"
#include "support/sqlite_folder.h"
#include "support/status_matchers.h"

namespace daybook::storage::sqlite {
namespace {

namespace fs = std::filesystem;

using ::daybook::audit::v1::Event;
using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::testing::EventOf;
using ::daybook::testing::FromTester;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr uint64_t kSegment = 8;

// A store whose segments take eight events each.
class SqliteSealingTest : public ::testing::Test {
 protected:
  NewEvent Numbered(uint64_t number) const {
    Event event = EventOf(number % 5 == 0 ? "login_failed" : "login");
    event.set_telegram_id(absl::StrCat(number % 3));
    event.set_user_id(static_cast<int64_t>(number));
    event.set_resource_type("deposit");
    event.set_resource_id(absl::StrCat("r", number % 7));
    return testing::MakeNewEvent(rules_, event, FromTester(absl::StrCat("id-", number)),
                                 clock_.Now());
  }

  void Fill(uint64_t count) {
    std::vector<NewEvent> events;
    for (uint64_t i = 0; i < count; ++i) events.push_back(Numbered(store_->Size().value() + i));
    ASSERT_THAT(store_->Append(testing::PointersTo(events)), IsOk());
  }

  absl::Status Reopen() {
    store_.reset();
    auto opened = folder_.Open(clock_);
    if (!opened.ok()) return opened.status();
    store_ = *std::move(opened);
    return absl::OkStatus();
  }

  std::string PathOf(uint64_t segment) const { return folder_.layout().Segment(segment); }

  // Whether this process has the file open.
  static bool IsOpen(const std::string& path) {
    for (const auto& descriptor : fs::directory_iterator("/proc/self/fd")) {
      std::error_code is_closed;  // meanwhile
      if (fs::read_symlink(descriptor, is_closed) == fs::canonical(path)) return true;
    }
    return false;
  }

  int64_t CatalogCount() const {
    Connection catalog =
        Connection::Open(folder_.layout().CatalogDb(), OpenMode::kReadOnly).value();
    return catalog.QueryInteger("SELECT count(*) FROM segments").value();
  }

  std::vector<uint64_t> Find(const std::string& filter) {
    const auto result = store_->Scan({.filter = query::Filter::Parse(filter).value(),
                                      .order = storage::ScanOrder::kSeq,
                                      .as_of = store_->Size(),
                                      .last_examined = {}});
    EXPECT_THAT(result, IsOk());
    std::vector<uint64_t> seqs;
    if (!result.ok()) return seqs;
    for (const Event& event : result->events) seqs.push_back(event.seq());
    return seqs;
  }

  void ExpectAnswers(uint64_t size) {
    ASSERT_EQ(store_->Size(), LogSize(size));
    std::vector<uint64_t> of_person;
    for (uint64_t number = 1; number < size; number += 3) of_person.push_back(number);
    EXPECT_EQ(Find("telegram_id = \"1\""), of_person);
    EXPECT_THAT(Find("user_id = 0"), ElementsAre(0));
    EXPECT_THAT(Find(absl::StrCat("user_id = ", size - 1)), ElementsAre(size - 1));
    for (uint64_t number = 0; number < size; ++number) {
      const auto repeated = store_->FindRepeated(Numbered(number));
      ASSERT_THAT(repeated, IsOk());
      ASSERT_TRUE(repeated->has_value()) << number;
      EXPECT_EQ((*repeated)->seq(), number);
    }
    EXPECT_EQ(*store_->FindRepeated(Numbered(size)), std::nullopt);
  }

  testing::ManualClock clock_;
  event::EventRules rules_ = *event::EventRules::Compile();
  testing::SqliteFolder folder_{kSegment};
  std::unique_ptr<SqliteEventStore> store_ = folder_.Open(clock_).value();
};

TEST_F(SqliteSealingTest, FullSegmentsAreSealedAndTheActiveOneIsNot) {
  Fill(3 * kSegment + 3);

  store_->WaitUntilSealed();

  for (const uint64_t segment : {0, 1, 2}) EXPECT_TRUE(*IsSealed(PathOf(segment))) << segment;
  EXPECT_FALSE(*IsSealed(PathOf(3)));
  EXPECT_EQ(CatalogCount(), 3);
}

TEST_F(SqliteSealingTest, ASegmentIsSealedAsSoonAsItIsFull) {
  Fill(kSegment);

  store_->WaitUntilSealed();

  EXPECT_TRUE(*IsSealed(PathOf(0)));
  Fill(1);
  ExpectAnswers(kSegment + 1);
}

TEST_F(SqliteSealingTest, SealedOrNotTheAnswersAreTheSame) {
  for (uint64_t size = 1; size <= 4 * kSegment; ++size) {
    Fill(1);
    ExpectAnswers(size);
  }
  store_->WaitUntilSealed();
  ExpectAnswers(4 * kSegment);
}

TEST_F(SqliteSealingTest, ASealedSegmentIsOnePlainFile) {
  Fill(kSegment + 1);

  store_->WaitUntilSealed();

  for (const char* suffix : {"-wal", "-shm", "-journal"}) {
    EXPECT_FALSE(fs::exists(PathOf(0) + suffix)) << suffix;
  }
}

TEST_F(SqliteSealingTest, ASealedSegmentHasTheIndexesThatWereDeclared) {
  Fill(kSegment + 1);
  store_->WaitUntilSealed();

  Connection segment = Connection::Open(PathOf(0), OpenMode::kImmutable).value();

  EXPECT_EQ(*segment.QueryInteger("SELECT count(*) FROM sqlite_schema WHERE type = 'index'"
                                  " AND name LIKE 'audit_logs_%'"),
            7);
  EXPECT_EQ(*segment.QueryInteger("SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
}

TEST_F(SqliteSealingTest, ASealedSegmentRefusesEveryChange) {
  Fill(kSegment + 1);
  store_->WaitUntilSealed();
  store_.reset();
  Connection raw = folder_.RawSegment(0);

  for (const char* sql :
       {"UPDATE audit_logs SET action = 'logout'", "DELETE FROM audit_logs",
        "INSERT INTO audit_logs (id, created_at, event_time, action, outcome, tenant, source,"
        " leaf_version) VALUES (99, 0, 0, 'intruder', 1, 'default', 3, 1)",
        "INSERT OR REPLACE INTO audit_logs (id, created_at, event_time, action, outcome, tenant,"
        " source, leaf_version) VALUES (0, 0, 0, 'intruder', 1, 'default', 3, 1)",
        "INSERT INTO tiles (level, number, hashes) VALUES (0, 99, zeroblob(8192))"}) {
    EXPECT_FALSE(raw.Execute(sql).ok()) << sql;
  }
}

TEST_F(SqliteSealingTest, ReopeningKnowsWhatIsSealed) {
  Fill(3 * kSegment + 3);
  store_->WaitUntilSealed();

  ASSERT_THAT(Reopen(), IsOk());

  ExpectAnswers(3 * kSegment + 3);
  Fill(kSegment);
  ExpectAnswers(4 * kSegment + 3);
}

TEST_F(SqliteSealingTest, SealedSegmentsAreOpenBeforeSomebodyAsks) {
  Fill(3 * kSegment + 3);
  store_->WaitUntilSealed();
  EXPECT_TRUE(IsOpen(PathOf(2)));

  ASSERT_THAT(Reopen(), IsOk());
  store_->WaitUntilSealed();

  for (uint64_t segment = 0; segment < 3; ++segment) EXPECT_TRUE(IsOpen(PathOf(segment)));
}

TEST_F(SqliteSealingTest, ASealedSegmentThatCannotBeOpenedKeepsNobodyFromStarting) {
  Fill(ledger::kTileWidth + kSegment);  // the first tile is whole: a start does not read its leaves
  store_->WaitUntilSealed();
  store_.reset();
  fs::resize_file(PathOf(0), 100);

  ASSERT_THAT(Reopen(), IsOk());
  store_->WaitUntilSealed();

  EXPECT_TRUE(absl::IsDataLoss(store_->Get(Seq(1)).status()));
  EXPECT_THAT(store_->Get(Seq(kSegment)), IsOk());
}

TEST_F(SqliteSealingTest, ALostCatalogIsMadeAnew) {
  Fill(3 * kSegment + 3);
  store_->WaitUntilSealed();
  store_.reset();
  fs::remove(folder_.layout().CatalogDb());

  ASSERT_THAT(Reopen(), IsOk());
  store_->WaitUntilSealed();

  EXPECT_EQ(CatalogCount(), 3);
  ExpectAnswers(3 * kSegment + 3);
}

TEST_F(SqliteSealingTest, ACatalogThatIsNoDatabaseIsMadeAnew) {
  Fill(2 * kSegment);
  store_->WaitUntilSealed();
  store_.reset();
  fs::resize_file(folder_.layout().CatalogDb(), 100);

  ASSERT_THAT(Reopen(), IsOk());

  ExpectAnswers(2 * kSegment);
}

TEST_F(SqliteSealingTest, ACatalogWithADamagedPageIsMadeAnew) {
  Fill(2 * kSegment);
  store_->WaitUntilSealed();
  store_.reset();
  const std::string path = folder_.layout().CatalogDb();
  const auto bytes = fs::file_size(path);
  fs::resize_file(path, 4'096);  // the schema is on the first page, rows are not
  fs::resize_file(path, bytes);

  ASSERT_THAT(Reopen(), IsOk());

  EXPECT_EQ(CatalogCount(), 2);
  ExpectAnswers(2 * kSegment);
}

TEST_F(SqliteSealingTest, AFileThatIsSealedIsNotTouchedAgainUntilTheCatalogTakesIt) {
  {
    Connection catalog =
        Connection::Open(folder_.layout().CatalogDb(), OpenMode::kReadWrite).value();
    ASSERT_THAT(catalog.Execute("CREATE TRIGGER in_the_way BEFORE INSERT ON segments"
                                " BEGIN SELECT RAISE(ABORT, 'no'); END"),
                IsOk());
  }
  Fill(kSegment + 1);
  store_->WaitUntilSealed();
  ASSERT_TRUE(*IsSealed(PathOf(0)));
  const auto written = fs::last_write_time(PathOf(0));

  Fill(kSegment);  // tries again
  while (absl::StrContains(folder_.MetricsText(), "seal_failures_total 1\n")) {
    std::this_thread::yield();
  }
  ExpectAnswers(2 * kSegment + 1);

  EXPECT_EQ(fs::last_write_time(PathOf(0)), written);
  EXPECT_EQ(CatalogCount(), 0);
}

TEST_F(SqliteSealingTest, ARowThatIsMissingBeforeTheEndIsDataLoss) {
  Fill(5);
  store_.reset();
  ASSERT_THAT(folder_.RawSegment(0).Execute("DROP TRIGGER audit_logs_no_delete;"
                                            "DELETE FROM audit_logs WHERE id = 2"),
              IsOk());

  EXPECT_EQ(ReasonIn(Reopen()), "STORE_DAMAGED");
}

TEST_F(SqliteSealingTest, MetricsCountSegmentsByState) {
  Fill(2 * kSegment);
  store_->WaitUntilSealed();
  EXPECT_THAT(folder_.MetricsText(), HasSubstr("daybook_storage_segments{state=\"sealed\"} 2"));

  Fill(1);
  ASSERT_THAT(Reopen(), IsOk());

  EXPECT_THAT(folder_.MetricsText(), HasSubstr("daybook_storage_segments{state=\"active\"} 1"));
  EXPECT_THAT(folder_.MetricsText(), HasSubstr("daybook_storage_segments{state=\"full\"} 0"));
  EXPECT_THAT(folder_.MetricsText(), HasSubstr("daybook_storage_segments{state=\"sealed\"} 2"));
}

TEST_F(SqliteSealingTest, ACatalogThatIsBehindCatchesUp) {
  Fill(3 * kSegment + 3);
  store_->WaitUntilSealed();
  store_.reset();
  ASSERT_THAT(Connection::Open(folder_.layout().CatalogDb(), OpenMode::kReadWrite)
                  ->Execute("DELETE FROM segments WHERE number >= 1"),
              IsOk());

  ASSERT_THAT(Reopen(), IsOk());

  EXPECT_EQ(CatalogCount(), 3);
  ExpectAnswers(3 * kSegment + 3);
}

TEST_F(SqliteSealingTest, ACatalogThatIsAheadMeansThatEventsAreMissing) {
  Fill(3 * kSegment + 3);
  store_->WaitUntilSealed();
  store_.reset();
  fs::remove(PathOf(3));
  fs::remove(PathOf(2));

  EXPECT_EQ(ReasonIn(Reopen()), "STORE_DAMAGED");
}

TEST_F(SqliteSealingTest, LostFiltersAreMadeAnew) {
  Fill(3 * kSegment + 3);
  store_->WaitUntilSealed();
  store_.reset();
  fs::remove(folder_.layout().FilterPrefix("requests") + "-000000.filter");
  fs::resize_file(folder_.layout().FilterPrefix("subjects") + "-000000.filter", 5);

  ASSERT_THAT(Reopen(), IsOk());
  ExpectAnswers(3 * kSegment + 3);
  store_->WaitUntilSealed();

  ExpectAnswers(3 * kSegment + 3);
}

TEST_F(SqliteSealingTest, FiltersOfAnotherHistoryAreNotTrusted) {
  Fill(2 * kSegment);
  store_->WaitUntilSealed();
  store_.reset();
  const testing::SqliteFolder other(kSegment);
  clock_.Advance(absl::Hours(1));
  auto other_store = other.Open(clock_).value();
  for (int i = 0; i < 2 * static_cast<int>(kSegment); ++i) {
    const NewEvent event =
        testing::MakeNewEvent(rules_, EventOf("logout"), FromTester(), clock_.Now());
    ASSERT_THAT(other_store->Append(std::vector<const NewEvent*>{&event}), IsOk());
  }
  other_store->WaitUntilSealed();
  other_store.reset();
  for (const char* kind : {"requests", "subjects"}) {
    fs::copy_file(other.layout().FilterPrefix(kind) + "-000000.filter",
                  folder_.layout().FilterPrefix(kind) + "-000000.filter",
                  fs::copy_options::overwrite_existing);
  }

  ASSERT_THAT(Reopen(), IsOk());

  ExpectAnswers(2 * kSegment);
}

TEST_F(SqliteSealingTest, ASegmentThatCannotBeSealedIsAnsweredFromMemory) {
  Fill(kSegment - 1);
  ASSERT_THAT(folder_.RawSegment(0).Execute(
                  "INSERT INTO seal_index (position, statement) VALUES (99, 'CREATE nonsense')"),
              IsOk());

  Fill(2);
  store_->WaitUntilSealed();

  ExpectAnswers(kSegment + 1);
  EXPECT_FALSE(*IsSealed(PathOf(0)));
  EXPECT_EQ(CatalogCount(), 0);
}

TEST_F(SqliteSealingTest, WhereTooMuchWaitsToBeSealedAppendsAreToldToWait) {
  Fill(1);
  ASSERT_THAT(folder_.RawSegment(0).Execute(
                  "INSERT INTO seal_index (position, statement) VALUES (99, 'CREATE nonsense')"),
              IsOk());
  Fill(4 * kSegment);

  const NewEvent event = Numbered(99);
  absl::Status appended;
  for (uint64_t i = 0; i < 2 * kSegment && appended.ok(); ++i) {
    appended = store_->Append(std::vector<const NewEvent*>{&event}).status();
  }

  EXPECT_EQ(ReasonIn(appended), "QUEUE_FULL");
}

TEST_F(SqliteSealingTest, RequestsOfSealedSegmentsAreForgottenAfter72Hours) {
  Fill(kSegment + 1);
  store_->WaitUntilSealed();

  clock_.Advance(absl::Hours(72));
  EXPECT_TRUE(store_->FindRepeated(Numbered(0))->has_value());

  clock_.Advance(absl::Microseconds(1));
  EXPECT_EQ(*store_->FindRepeated(Numbered(0)), std::nullopt);
}

TEST_F(SqliteSealingTest, ASealedSegmentWithAMissingRowAtItsEndIsDataLoss) {
  Fill(kSegment + 1);
  store_->WaitUntilSealed();
  store_.reset();
  ASSERT_THAT(folder_.RawSegment(0).Execute("DROP TRIGGER audit_logs_no_delete;"
                                            "DELETE FROM audit_logs WHERE id = 7"),
              IsOk());

  absl::Status found = Reopen();
  if (found.ok()) found = store_->Get(Seq(0)).status();

  EXPECT_EQ(ReasonIn(found), "STORE_DAMAGED");
}

}  // namespace
}  // namespace daybook::storage::sqlite
