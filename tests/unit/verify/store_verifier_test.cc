#include "verify/store_verifier.h"

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "ledger/note.h"
#include "support/manual_clock.h"
#include "support/naive_tree.h"
#include "support/new_events.h"
#include "support/sqlite_folder.h"
#include "support/status_matchers.h"

namespace daybook::verify {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::db::sqlite::WholeRows;
using ::daybook::ledger::Hash;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;

// Two segments make a unit; the log has one block of 2^16 leaves and a rest.
constexpr uint64_t kSegment = 32'768;
constexpr uint64_t kEvents = 68'000;
constexpr uint64_t kSigned = 65'900;

// A store of which tests change copies; made once, since it is large.
class LargeStore {
 public:
  LargeStore() {
    testing::ManualClock clock;
    const auto store = folder_.Open(clock).value();
    const event::EventRules rules = *event::EventRules::Compile();
    while (leaves_.size() < kEvents) {
      std::vector<storage::NewEvent> events;
      for (uint64_t i = 0; i < 1'000; ++i) {
        audit::v1::Event event = testing::EventOf("login");
        event.set_user_id(static_cast<int64_t>(leaves_.size() + i));
        events.push_back(testing::MakeNewEvent(rules, event, testing::FromTester(), clock.Now()));
      }
      const auto receipt = store->Append(testing::PointersTo(events)).value();
      leaves_.insert(leaves_.end(), receipt.leaf_hashes.begin(), receipt.leaf_hashes.end());
    }
    store->WaitUntilSealed();
    Sign();
  }

  const db::sqlite::StoreLayout& layout() const { return folder_.layout(); }
  const std::vector<Hash>& leaves() const { return leaves_; }
  const ledger::VerifierKey& key() const { return key_->verifier(); }

 private:
  void Sign() {
    const std::string origin = db::sqlite::ReadStoreHeader(layout()).value().origin;
    key_ =
        std::make_unique<ledger::SigningKey>(origin, ledger::KeyType::kLog, ledger::Ed25519Seed{7});
    const std::span<const Hash> all(leaves_);
    const ledger::Checkpoint checkpoint{
        .origin = origin,
        .head = {.size = LogSize(kSigned), .root = testing::NaiveRoot(all.first(kSigned))}};
    ledger::Note note{.text = ledger::FormatCheckpoint(checkpoint), .signatures = {}};
    note.signatures.push_back(key_->Sign(note.text, absl::UnixEpoch()));
    Connection ledger = Connection::Open(layout().LedgerDb(), OpenMode::kReadWrite).value();
    const std::string subtree(ledger::AsBytes(testing::NaiveRoot(all.first(LeafBlock::kLeaves))));
    std::string edge;
    for (uint64_t seq = kSigned / 256 * 256; seq < kSigned; ++seq) {
      edge.append(leaves_[seq].begin(), leaves_[seq].end());
    }
    EXPECT_THAT(ledger.Execute(absl::StrCat(
                    "INSERT INTO checkpoints VALUES (", kSigned, ", 1, '", ledger::FormatNote(note),
                    "'); INSERT INTO subtrees VALUES (0, x'", absl::BytesToHexString(subtree),
                    "'); INSERT INTO edge VALUES (1, ", kSigned, ", x'",
                    absl::BytesToHexString(edge), "')")),
                IsOk());
  }

  testing::SqliteFolder folder_{kSegment};
  std::vector<Hash> leaves_;
  std::unique_ptr<ledger::SigningKey> key_;
};

const LargeStore& Large() {
  static const LargeStore store;
  return store;
}

bool GoOn(uint64_t /*events*/) { return true; }

class StoreVerifierTest : public ::testing::Test {
 protected:
  StoreVerifierTest() {
    std::filesystem::copy(Large().layout().root(), layout_.root(),
                          std::filesystem::copy_options::recursive);
  }

  static void Edit(const std::string& path, const std::string& sql) {
    Connection file = Connection::Open(path, OpenMode::kForeign).value();
    ASSERT_THAT(file.Execute(sql), IsOk());
  }

  // Changes a segment, and leaves its triggers as they were.
  void EditSegment(uint64_t number, const std::string& sql) const {
    Connection file = Connection::Open(layout_.Segment(number), OpenMode::kForeign).value();
    ASSERT_THAT(file.SetTriggers(false), IsOk());
    ASSERT_THAT(file.Execute(sql), IsOk());
  }

  // The leaf of a row as it is now.
  Hash LeafOf(uint64_t segment, uint64_t seq) const {
    Connection file = Connection::Open(layout_.Segment(segment), OpenMode::kReadOnly).value();
    const RowShape shape;
    WholeRows rows = shape.Select(file, absl::StrCat("WHERE id = ", seq)).value();
    EXPECT_TRUE(*rows.Step());
    RowCheck row(shape);
    Findings findings;
    row.Take(rows.cells(), findings);
    return *row.leaf();
  }

  Report Verify() const {
    const auto verifier = StoreVerifier::Open(layout_, {.keys = {Large().key()}, .outside = {}});
    EXPECT_THAT(verifier, IsOk());
    const auto report = verifier->VerifyAll(2, GoOn);
    EXPECT_THAT(report, IsOk());
    return *report;
  }

  void ExpectFirst(Fault fault, uint64_t first, uint64_t last) const {
    const Report report = Verify();
    ASSERT_FALSE(report.is_verified());
    const Finding& finding = report.findings.list().front();
    EXPECT_EQ(NameOf(finding.fault), NameOf(fault)) << finding.what;
    EXPECT_EQ(finding.first_seq, first);
    EXPECT_EQ(finding.last_seq, last);
  }

  testing::TempFolder folder_;
  db::sqlite::StoreLayout layout_{folder_.File("store")};
};

TEST_F(StoreVerifierTest, AStoreThatNobodyTouchedVerifies) {
  const Report report = Verify();

  EXPECT_TRUE(report.is_verified()) << report.findings.list().front().what;
  EXPECT_EQ(report.events, kEvents);
  EXPECT_EQ(report.beyond(), kEvents - kSigned);
  EXPECT_EQ(report.newest->head.root,
            testing::NaiveRoot(std::span(Large().leaves()).first(kSigned)));
}

TEST_F(StoreVerifierTest, VerifiesUnitsOneByOne) {
  const auto verifier = StoreVerifier::Open(layout_, {});
  ASSERT_THAT(verifier, IsOk());

  ASSERT_EQ(verifier->units(), 2U);
  std::vector<UnitResult> results;
  uint64_t advanced = 0;
  for (uint64_t unit = 0; unit < 2; ++unit) {
    auto result = verifier->Verify(unit, [&advanced](uint64_t events) {
      advanced += events;
      return true;
    });
    ASSERT_THAT(result, IsOk());
    results.push_back(*std::move(result));
  }

  EXPECT_EQ(results[1].first_seq, 2 * kSegment);
  EXPECT_GT(advanced, kEvents * 9 / 10);
  EXPECT_TRUE(verifier->Conclude(std::move(results))->is_verified());
}

TEST_F(StoreVerifierTest, CanBeCancelled) {
  const auto verifier = StoreVerifier::Open(layout_, {});
  ASSERT_THAT(verifier, IsOk());

  EXPECT_THAT(verifier->Verify(0, [](uint64_t) { return false; }),
              HasCode(absl::StatusCode::kCancelled));
  EXPECT_THAT(verifier->VerifyAll(2, [](uint64_t) { return false; }),
              HasCode(absl::StatusCode::kCancelled));
}

// Whoever is told may take a long time, and a service goes on meanwhile.
TEST_F(StoreVerifierTest, HasNoFileOpenThatOthersWriteToWhileItTells) {
  const auto open = [&] {
    return Connection::Open(layout_.Segment(2), OpenMode::kReadWrite).value();
  };
  Connection writer = open();
  const auto verifier = StoreVerifier::Open(layout_, {.keys = {Large().key()}});
  ASSERT_THAT(verifier, IsOk());

  int times = 0;
  const auto result = verifier->Verify(1, [&](uint64_t) {
    ++times;
    EXPECT_THAT(writer.Execute("CREATE TABLE a (b); DROP TABLE a"), IsOk());
    EXPECT_THAT(writer.CheckpointAndTruncate(), IsOk());
    EXPECT_THAT(writer.LeaveWal(), IsOk());  // only where nobody else has it open
    writer = open();
    return true;
  });

  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->events, kEvents - 2 * kSegment);
  EXPECT_TRUE(result->findings.empty());
  EXPECT_GE(times, 3);
}

TEST_F(StoreVerifierTest, OneChangedRowIsTheOnlyFinding) {
  EditSegment(1, "UPDATE audit_logs SET user_id = user_id + 1 WHERE id = 40000");

  const Report report = Verify();

  ASSERT_EQ(report.findings.count(), 1U);
  ExpectFirst(Fault::kLeafMismatch, 40'000, 40'000);
}

TEST_F(StoreVerifierTest, TellsARowInTheTailFromItsTile) {
  EditSegment(2, "UPDATE audit_logs SET user_id = user_id + 1 WHERE id = 65600");
  ExpectFirst(Fault::kLeafMismatch, 65'600, 65'600);
}

TEST_F(StoreVerifierTest, NamesTheRowBehindTheLastTile) {
  EditSegment(2, "UPDATE audit_logs SET user_id = user_id + 1 WHERE id = 65899");
  ExpectFirst(Fault::kLeafMismatch, 65'899, 65'899);
}

TEST_F(StoreVerifierTest, FindsATileOfTheUpperLevelThatWasChanged) {
  EditSegment(1,
              "UPDATE tiles SET hashes = CAST(substr(hashes, 1, 8160) || zeroblob(32) AS BLOB)"
              " WHERE level = 1");
  ExpectFirst(Fault::kTileMismatch, 65'280, 65'535);
}

TEST_F(StoreVerifierTest, FindsARowThatWasRewrittenTogetherWithItsTile) {
  EditSegment(0, "UPDATE audit_logs SET user_id = 1 WHERE id = 300");
  std::vector<Hash> leaves = Large().leaves();
  leaves[300] = LeafOf(0, 300);
  std::string tile;
  for (uint64_t seq = 256; seq < 512; ++seq) tile.append(leaves[seq].begin(), leaves[seq].end());
  EditSegment(0, absl::StrCat("UPDATE tiles SET hashes = x'", absl::BytesToHexString(tile),
                              "' WHERE level = 0 AND number = 1"));

  // Which of them it was, nothing tells any more.
  ExpectFirst(Fault::kLeafMismatch, 256, 511);
}

TEST_F(StoreVerifierTest, FindsASubtreeThatWasChanged) {
  Edit(layout_.LedgerDb(), "UPDATE subtrees SET hash = zeroblob(32)");
  ExpectFirst(Fault::kSubtreeMismatch, 0, LeafBlock::kLeaves - 1);
}

TEST_F(StoreVerifierTest, FindsASubtreeThatIsMissing) {
  Edit(layout_.LedgerDb(), "DELETE FROM subtrees");
  ExpectFirst(Fault::kSubtreeMissing, 0, LeafBlock::kLeaves - 1);
}

TEST_F(StoreVerifierTest, AFileFarBehindTheLogIsAFindingAndNotItsEnd) {
  const Report whole = Verify();
  std::filesystem::copy(layout_.Segment(0), layout_.Segment(uint64_t{1} << 32));

  const Report report = Verify();

  EXPECT_EQ(report.events, whole.events);
  ASSERT_EQ(report.findings.count(), 1U);
  EXPECT_EQ(report.findings.list().front().fault, Fault::kRowUnexpected);
}

TEST_F(StoreVerifierTest, WithoutAStoreThereIsNothingToVerify) {
  EXPECT_THAT(StoreVerifier::Open(db::sqlite::StoreLayout(folder_.path()), {}),
              HasCode(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace daybook::verify
