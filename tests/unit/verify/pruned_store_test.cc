#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "ledger/canonical_text.h"
#include "ledger/checkpoint.h"
#include "ledger/note.h"
#include "storage/manifest.h"
#include "storage/retention_store.h"
#include "storage/sqlite/ledger_db.h"
#include "support/manual_clock.h"
#include "support/naive_tree.h"
#include "support/new_events.h"
#include "support/sqlite_folder.h"
#include "support/status_matchers.h"
#include "verify/dropped_log.h"
#include "verify/leaf_block.h"
#include "verify/live_verifier.h"

namespace daybook::verify {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::ledger::Hash;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint64_t kPrunedSegment = 16'384;
constexpr uint64_t kPrunedSpan = 65'536;
constexpr uint64_t kBatch = 4'096;
// Checkpoints that end among what will be dropped: one in a tile, one at its end, one at
// the end of it all.
constexpr std::array<uint64_t, 3> kSignedSizes = {300, 512, kPrunedSpan};

// A log of one span, which it sums up, and says that it will drop; all of it signed.
class PrunedStoreTest : public ::testing::Test {
 protected:
  PrunedStoreTest() {
    while (leaves_.size() < kPrunedSpan)
      Append(std::vector<Event>(kBatch, testing::EventOf("login")));
    store_->WaitUntilSealed();
    storage::SpanSummary summary{.first_time = absl::ToUnixMicros(clock_.Now()),
                                 .last_time = absl::ToUnixMicros(clock_.Now())};
    storage::Count(summary.counts, "login", audit::v1::OUTCOME_SUCCESS, kPrunedSpan);
    const Hash root = RootOf(kPrunedSpan);
    Event sealed = testing::EventOf(storage::kSealedAction);
    sealed.set_public_details(storage::ManifestOf(0, kPrunedSpan, root, summary));
    Event pruned = testing::EventOf(storage::kPrunedAction);
    pruned.set_public_details(absl::StrCat(R"({"first":0,"last":)", kPrunedSpan - 1,
                                           R"(,"by":"ops","ticket":"T","reason":"r","roots":[")",
                                           ledger::ToBase64(root), R"("]})"));
    Append({std::move(sealed), std::move(pruned)});
    EXPECT_THAT(
        ledger_->AddManifest(
            {.span = 0, .seq = Seq(kPrunedSpan), .counts = storage::CountsText(summary.counts)}),
        IsOk());
    for (const uint64_t size : kSignedSizes) Sign(size);
    Sign(kPrunedSpan + 2);
  }

  void Append(const std::vector<Event>& events) {
    std::vector<storage::NewEvent> fresh;
    for (const Event& event : events) {
      const bool is_own = !event.public_details().empty();
      event::Provenance service{
          .producer = "daybook", .source = audit::v1::SOURCE_SERVICE, .request_id = ""};
      fresh.push_back(testing::MakeNewEvent(
          rules_, event, is_own ? std::move(service) : testing::FromTester(), clock_.Now()));
    }
    const auto receipt = store_->Append(testing::PointersTo(fresh)).value();
    leaves_.insert(leaves_.end(), receipt.leaf_hashes.begin(), receipt.leaf_hashes.end());
  }

  Hash RootOf(uint64_t size) const { return testing::NaiveRoot(std::span(leaves_).first(size)); }

  // A checkpoint.
  std::string NoteOf(uint64_t size) const {
    const ledger::SigningKey key(origin_, ledger::KeyType::kLog, ledger::Ed25519Seed{7});
    ledger::Note note{
        .text = ledger::FormatCheckpoint(
            {.origin = origin_, .head = {.size = LogSize(size), .root = RootOf(size)}}),
        .signatures = {}};
    note.signatures.push_back(key.Sign(note.text, absl::UnixEpoch()));
    return ledger::FormatNote(note);
  }

  // In order.
  void Sign(uint64_t size) {
    storage::TreeGrowth growth;
    if (size == kPrunedSpan) growth.subtrees = {RootOf(kPrunedSpan)};
    growth.edge.assign(leaves_.begin() + static_cast<std::ptrdiff_t>(size / 256 * 256),
                       leaves_.begin() + static_cast<std::ptrdiff_t>(size));
    ASSERT_THAT(ledger_->Add({.size = LogSize(size), .signed_at = 1, .note = NoteOf(size)}, growth),
                IsOk());
  }

  ledger::Tile TileOf(uint32_t level, uint64_t number) const {
    LeafBlock block;
    for (uint64_t seq = 0; seq < kPrunedSpan; ++seq) block.Add(leaves_[seq]);
    const auto hashes = block.Level(level * ledger::kTileHeight).subspan(number * 256, 256);
    return {.level = level, .number = number, .hashes = {hashes.begin(), hashes.end()}};
  }

  void Prune(bool with_tiles = true) {
    storage::Remains remains;
    if (with_tiles) remains.tiles = {TileOf(0, 1), TileOf(1, 0)};
    ASSERT_THAT(ledger_->MoveBegin(Seq(kPrunedSpan), remains), IsOk());
    ASSERT_THAT(store_->Prune(Seq(kPrunedSpan)), IsOk());
  }

  // `meanwhile` happens when it has read so many events.
  static Report Verify(
      LiveVerifier verifier, const std::function<void()>& meanwhile = [] {}, uint64_t after = 1) {
    uint64_t done = 0;
    const auto advance = [&](uint64_t events) {
      const bool is_now = done < after && done + events >= after;
      done += events;
      if (is_now) meanwhile();
      return true;
    };
    const auto report = verifier.Verify(advance, [](absl::Duration) { return true; });
    EXPECT_THAT(report, IsOk());
    return *report;
  }

  LiveVerifier Open() const { return LiveVerifier::Open(folder_.layout(), {}).value(); }

  static std::vector<std::string> ReasonsIn(const Report& report) {
    std::vector<std::string> reasons;
    for (const Finding& finding : report.findings.list()) {
      reasons.push_back(
          absl::StrCat(NameOf(finding.fault), " ",
                       finding.first_seq ? absl::StrCat(*finding.first_seq) : finding.what));
    }
    return reasons;
  }

  void EditLedger(const std::string& sql) const {
    Connection file = Connection::Open(folder_.layout().LedgerDb(), OpenMode::kForeign).value();
    ASSERT_THAT(file.Execute(sql), IsOk());
  }

  testing::ManualClock clock_;
  const event::EventRules rules_ = *event::EventRules::Compile();
  testing::SqliteFolder folder_{kPrunedSegment};
  std::shared_ptr<storage::sqlite::LedgerDb> ledger_ =
      storage::sqlite::LedgerDb::Open(folder_.layout()).value();
  std::unique_ptr<storage::sqlite::SqliteEventStore> store_ = folder_.Open(clock_).value();
  const std::string origin_ = db::sqlite::ReadStoreHeader(folder_.layout()).value().origin;
  std::vector<Hash> leaves_;
};

TEST_F(PrunedStoreTest, WhatRemainsVerifies) {
  EXPECT_THAT(ReasonsIn(Verify(Open())), IsEmpty());
  Prune();

  const Report report = Verify(Open());

  EXPECT_THAT(ReasonsIn(report), IsEmpty());
  EXPECT_EQ(report.begin, kPrunedSpan);
  EXPECT_EQ(report.size, kPrunedSpan + 2);
  EXPECT_EQ(report.events, 2U);
  EXPECT_THAT(report.prunings, ElementsAre(kPrunedSpan + 1));
}

TEST_F(PrunedStoreTest, ADropWhileItReadsIsNoFinding) {
  const Report report = Verify(
      Open(), [this] { Prune(); }, kPrunedSegment + 1);

  EXPECT_THAT(ReasonsIn(report), IsEmpty());
  EXPECT_EQ(report.begin, kPrunedSpan);
}

TEST_F(PrunedStoreTest, WhatWasReadBeforeItWasDroppedWasThere) {
  const Report report = Verify(
      Open(), [this] { Prune(); }, kPrunedSpan + 1);

  EXPECT_THAT(ReasonsIn(report), IsEmpty());
  EXPECT_EQ(report.begin, 0U);
  EXPECT_EQ(report.events, kPrunedSpan + 2);
}

TEST_F(PrunedStoreTest, ADropBetweenOpeningAndReadingIsNoFinding) {
  LiveVerifier verifier = Open();
  Prune();

  const Report report = Verify(std::move(verifier));

  EXPECT_THAT(ReasonsIn(report), IsEmpty());
  EXPECT_EQ(report.begin, kPrunedSpan);
}

TEST_F(PrunedStoreTest, AKeptCheckpointNeedsItsTilesUnlessTheSubtreesProveIt) {
  Prune(/*with_tiles=*/false);

  EXPECT_THAT(ReasonsIn(Verify(Open())),
              ElementsAre("KEPT_TILE_MISSING 0", "KEPT_TILE_MISSING 256"));
}

TEST_F(PrunedStoreTest, ACheckpointFromOutsideMayBeUnprovable) {
  Prune();
  for (const auto& [size, is_provable] : {std::pair<uint64_t, bool>{300, true},
                                          {500, true},
                                          {512, true},
                                          {1'024, true},
                                          {600, false},
                                          {kPrunedSpan, true},
                                          {kPrunedSpan + 1, true}}) {
    const SignedHead outside{.head = {.size = LogSize(size), .root = RootOf(size)},
                             .origin = origin_,
                             .name = "outside",
                             .note = NoteOf(size)};
    const auto verifier = StoreVerifier::Open(folder_.layout(), {.keys = {}, .outside = outside});
    ASSERT_THAT(verifier, IsOk());

    const auto report = verifier->VerifyAll(1, [](uint64_t) { return true; });

    ASSERT_THAT(report, IsOk());
    EXPECT_THAT(ReasonsIn(*report), IsEmpty()) << size;
    EXPECT_EQ(report->is_anchored, is_provable) << size;
    EXPECT_EQ(report->is_unprovable, !is_provable) << size;
  }
}

TEST_F(PrunedStoreTest, TheKeptHashOfTheEventsIsJudgedByWhatSumsThemUp) {
  Prune();
  EditLedger("DELETE FROM kept_tiles");
  EditLedger("DELETE FROM checkpoints WHERE size < 65536");
  EditLedger("UPDATE subtrees SET hash = zeroblob(32)");

  EXPECT_THAT(ReasonsIn(Verify(Open())), ElementsAre("SUBTREE_MISMATCH 0"));
}

TEST_F(PrunedStoreTest, ADeclarationThatNoCheckpointCoversDeclaresNothing) {
  Prune();
  EditLedger(absl::StrCat("DELETE FROM checkpoints WHERE size > ", kPrunedSpan));
  EditLedger(absl::StrCat("UPDATE edge SET size = ", kPrunedSpan, ", leaves = x''"));

  EXPECT_THAT(ReasonsIn(Verify(Open())), ElementsAre("UNDECLARED_PRUNING 0"));
}

TEST(FindBeginTest, TakesOnlyWhatSpansAndSegmentsEndBefore) {
  // Of 1,000 events is a segment: 125 spans are 8,192 segments.
  const std::vector<uint64_t> numbers = {8'192, 8'193};
  LedgerRecords records;
  Findings findings;
  EXPECT_EQ(FindBegin(records, 1'000, numbers, findings), 0U);
  records.kept.begin = 8'192'000;
  EXPECT_EQ(FindBegin(records, 1'000, numbers, findings), 8'192'000U);
  EXPECT_TRUE(findings.empty());

  for (const int64_t said :
       {int64_t{-1}, int64_t{1}, int64_t{65'536}, int64_t{1'000}, int64_t{16'384'000},
        std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    Findings wrong;
    records.kept.begin = said;
    EXPECT_EQ(FindBegin(records, 1'000, numbers, wrong), 8'192'000U) << said;
    ASSERT_EQ(wrong.count(), 1U) << said;
    EXPECT_EQ(wrong.list().front().fault, Fault::kLogBeginInvalid);
  }
}

TEST(FindBeginTest, ABeginFarAboveWhatIsKeptIsNone) {
  constexpr uint64_t kFar = uint64_t{1} << 32;
  LedgerRecords records;
  records.kept.begin = int64_t{kFar} * 65'536;
  for (const std::vector<uint64_t>& numbers :
       {std::vector<uint64_t>{kFar, kFar + 1}, std::vector<uint64_t>{UINT64_MAX}}) {
    Findings findings;
    EXPECT_EQ(FindBegin(records, 65'536, numbers, findings), 0U);
    ASSERT_EQ(findings.count(), 1U);
    EXPECT_EQ(findings.list().front().fault, Fault::kLogBeginInvalid);
  }
}

TEST(TakeOutStraysTest, LeavesWhatALogCanHaveLost) {
  std::vector<uint64_t> numbers = {2, 3, 10'000, 20'001, 30'003, UINT64_MAX};
  Findings findings;

  TakeOutStrays(0, numbers, findings);

  EXPECT_THAT(numbers, ElementsAre(2, 3, 10'000, 20'001));
  ASSERT_EQ(findings.count(), 2U);
  EXPECT_EQ(findings.list().front().fault, Fault::kRowUnexpected);
  EXPECT_EQ(findings.list().front().what, "segment 30003 is far behind the end of the log");
}

TEST(TakeOutStraysTest, CountsFromTheFirstSegmentOfTheLog) {
  std::vector<uint64_t> numbers = {49'999, 50'000};
  Findings findings;

  TakeOutStrays(50'000, numbers, findings);

  EXPECT_EQ(numbers.size(), 2U);
  EXPECT_TRUE(findings.empty());
  TakeOutStrays(0, numbers, findings);
  EXPECT_TRUE(numbers.empty());
  EXPECT_EQ(findings.count(), 2U);
}

}  // namespace
}  // namespace daybook::verify
