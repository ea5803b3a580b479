#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "storage/sqlite/ledger_db.h"
#include "support/manual_clock.h"
#include "support/new_events.h"
#include "support/sqlite_folder.h"
#include "support/status_matchers.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;

constexpr uint64_t kPrunedSegment = 16'384;
constexpr uint64_t kPrunedSpan = 65'536;  // four segments
constexpr uint64_t kEvents = kPrunedSpan + 300;
constexpr uint64_t kBatch = 4'096;

// A log of one span and the begin of another.
class PruningTest : public ::testing::Test {
 protected:
  PruningTest() {
    Open();
    for (uint64_t first = 0; first < kEvents; first += kBatch) {
      Append(std::min(kBatch, kEvents - first));
    }
    store_->WaitUntilSealed();
    first_leaves_ = *store_->ReadNodes(Leaves(0, 256));
    whole_span_ = store_->ReadNodes({&kWholeSpan, 1})->front();
  }

  static constexpr ledger::Node kWholeSpan = {.height = 16, .index = 0};

  static std::vector<ledger::Node> Leaves(uint64_t first, uint64_t end) {
    std::vector<ledger::Node> nodes;
    for (uint64_t seq = first; seq < end; ++seq) nodes.push_back({.height = 0, .index = seq});
    return nodes;
  }

  void Open(std::vector<ledger::Hash> subtrees = {}) {
    store_.reset();
    ledger_ = LedgerDb::Open(folder_.layout()).value();
    store_ = SqliteEventStore::Open({.layout = folder_.layout(),
                                     .segment_events = kPrunedSegment,
                                     .subtrees = std::move(subtrees),
                                     .retention = ledger_},
                                    clock_, metrics_, log_)
                 .value();
  }

  NewEvent Numbered(uint64_t number) const {
    Event event = testing::EventOf("login");
    event.set_telegram_id(absl::StrCat("tg-", number % 5));
    return testing::MakeNewEvent(rules_, event, testing::FromTester(absl::StrCat("id-", number)),
                                 clock_.Now());
  }

  void Append(uint64_t count) {
    std::vector<NewEvent> events;
    events.reserve(count);
    const uint64_t first = store_->Size().value();
    for (uint64_t i = 0; i < count; ++i) events.push_back(Numbered(first + i));
    auto receipt = store_->Append(testing::PointersTo(events));
    while (ReasonIn(receipt.status()) == ReasonName(Reason::kQueueFull)) {
      receipt = store_->Append(testing::PointersTo(events));
    }
    ASSERT_THAT(receipt, IsOk());
  }

  void Prune(const Remains& remains = {}) {
    ASSERT_THAT(ledger_->MoveBegin(Seq(kPrunedSpan), remains), IsOk());
    ASSERT_THAT(store_->Prune(Seq(kPrunedSpan)), IsOk());
  }

  uint64_t Count(const std::string& filter) {
    ScanRequest request{.filter = query::Filter::Parse(filter).value(),
                        .as_of = store_->Size(),
                        .last_examined = {},
                        .limit = kEvents,
                        .budget = 10 * kEvents};
    return store_->Scan(request)->events.size();
  }

  static void ExpectPruned(const absl::Status& status) {
    EXPECT_THAT(status, HasCode(absl::StatusCode::kNotFound));
    EXPECT_EQ(ReasonIn(status), "PRUNED");
  }

  void ExpectBeginsAtTheSpan() {
    EXPECT_EQ(store_->Begin(), Seq(kPrunedSpan));
    ExpectPruned(store_->Get(Seq(0)).status());
    ExpectPruned(store_->Get(Seq(kPrunedSpan - 1)).status());
    ExpectPruned(store_->GetLeaf(Seq(7)).status());
    ExpectPruned(store_->Summarize(Seq(kPrunedSpan - 1), Seq(kPrunedSpan)).status());
    ExpectPruned(store_->ReadProducers(Seq(kPrunedSpan - 1), Seq(kPrunedSpan)).status());
    EXPECT_EQ(store_->Get(Seq(kPrunedSpan))->request_id(), absl::StrCat("id-", kPrunedSpan));
    EXPECT_EQ(Count(""), store_->Size().value() - kPrunedSpan);
    EXPECT_EQ(*folder_.layout().SegmentNumbers(), std::vector<uint64_t>{4});
  }

  testing::ManualClock clock_;
  const event::EventRules rules_ = *event::EventRules::Compile();
  testing::SqliteFolder folder_{kPrunedSegment};
  telemetry::Metrics metrics_;
  std::ostringstream log_text_;
  telemetry::Log log_{log_text_, clock_};
  std::shared_ptr<LedgerDb> ledger_;
  std::unique_ptr<SqliteEventStore> store_;
  std::vector<ledger::Hash> first_leaves_;
  ledger::Hash whole_span_ = {};
};

TEST_F(PruningTest, WhatIsDroppedIsGoneAndTheRestIsThere) {
  EXPECT_EQ(Count("telegram_id = tg-3"), kEvents / 5);

  Prune();

  ExpectBeginsAtTheSpan();
  EXPECT_EQ(Count("telegram_id = tg-3"), 60U);
  EXPECT_EQ(*store_->FindRepeated(Numbered(17)), std::nullopt);
  EXPECT_EQ((*store_->FindRepeated(Numbered(kPrunedSpan + 1)))->seq(), kPrunedSpan + 1);
}

TEST_F(PruningTest, ItGoesOnAfterARestart) {
  Prune();
  Open({whole_span_});
  Append(10);

  ExpectBeginsAtTheSpan();
  EXPECT_EQ(store_->Size(), LogSize(kEvents + 10));
}

TEST_F(PruningTest, AStartCompletesWhatWasDecided) {
  ASSERT_THAT(ledger_->MoveBegin(Seq(kPrunedSpan), {}), IsOk());

  Open({whole_span_});

  ExpectBeginsAtTheSpan();
}

TEST_F(PruningTest, AStoreThatWasCutNeedsNoCatalog) {
  Prune();
  while (store_->Size().value() < kPrunedSpan + 2 * kPrunedSegment) Append(kBatch);
  store_->WaitUntilSealed();
  store_.reset();
  for (const char* const suffix : {"", "-wal", "-shm"}) {
    std::filesystem::remove(folder_.layout().CatalogDb() + suffix);
  }

  Open({whole_span_});

  EXPECT_EQ(Count(""), store_->Size().value() - kPrunedSpan);
  ExpectPruned(store_->Get(Seq(0)).status());
}

TEST_F(PruningTest, AHoleBehindTheBeginIsStillDamage) {
  Prune();
  store_.reset();
  std::filesystem::rename(folder_.layout().Segment(4), folder_.layout().Segment(5));

  EXPECT_THAT(
      SqliteEventStore::Open(
          {.layout = folder_.layout(), .segment_events = kPrunedSegment, .retention = ledger_},
          clock_, metrics_, log_)
          .status(),
      HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(PruningTest, TheTreeKeepsItsLargeSubtrees) {
  Prune();
  Open({whole_span_});

  EXPECT_THAT(*store_->ReadNodes({&kWholeSpan, 1}), ElementsAre(whole_span_));
  EXPECT_THAT(store_->ReadNodes(Leaves(kPrunedSpan, kEvents)), IsOk());
  ExpectPruned(store_->ReadNodes(Leaves(5, 6)).status());
}

TEST_F(PruningTest, WhatRemainsIsAnswered) {
  const std::string leaf = store_->GetLeaf(Seq(7))->bytes;
  Prune({.tiles = {{.level = 0, .number = 0, .hashes = first_leaves_}},
         .leaves = {{.seq = Seq(7), .bytes = leaf}}});

  EXPECT_EQ(*store_->ReadNodes(Leaves(0, 256)), first_leaves_);
  EXPECT_EQ(store_->GetLeaf(Seq(7))->bytes, leaf);
  ExpectPruned(store_->ReadNodes(Leaves(256, 257)).status());
  ExpectPruned(store_->Get(Seq(7)).status());
}

TEST_F(PruningTest, OnlyWholeSpansBelowTheEndCanGo) {
  const auto invalid = HasCode(absl::StatusCode::kInvalidArgument);
  for (const uint64_t begin : {uint64_t{1}, kPrunedSegment, kPrunedSpan - 1, 2 * kPrunedSpan}) {
    EXPECT_THAT(store_->Prune(Seq(begin)), invalid) << begin;
  }
  EXPECT_THAT(store_->Prune(Seq(0)), IsOk());
  EXPECT_EQ(Count(""), kEvents);
}

TEST_F(PruningTest, AnErasureOfWhatIsDroppedHasNothingToDo) {
  Prune();
  const Erasure erasure{.ranges = {{.first = Seq(3), .last = Seq(kPrunedSpan)}},
                        .groups = {ledger::Group::kSubject}};

  EXPECT_THAT(store_->Erase(erasure, [] { return false; }), IsOk());

  EXPECT_EQ(store_->Get(Seq(kPrunedSpan))->telegram_id(), "");
  EXPECT_EQ(store_->Get(Seq(kPrunedSpan + 1))->telegram_id(),
            absl::StrCat("tg-", (kPrunedSpan + 1) % 5));
}

TEST_F(PruningTest, AScanThatBeganBeforeGoesOnAtTheBegin) {
  ScanRequest request{.filter = {},
                      .order = storage::ScanOrder::kSeq,
                      .as_of = store_->Size(),
                      .last_examined = {},
                      .limit = 10};
  request.last_examined = store_->Scan(request)->last_examined;
  Prune();

  const auto page = store_->Scan(request);

  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->events.front().seq(), kPrunedSpan);
}

// Whoever reads meanwhile finds what there was, what remains, or that it is dropped.
TEST_F(PruningTest, WhatIsJustBeingDroppedIsNoDamage) {
  std::atomic<bool> is_dropped = false;
  std::vector<absl::Status> surprises(2);
  const std::vector<ledger::Node> leaves = Leaves(0, kPrunedSpan);
  const auto until_dropped = [&](absl::Status& surprise, auto read) {
    bool is_last = false;
    while (surprise.ok() && !is_last) {
      is_last = is_dropped;
      const absl::Status status = read();
      if (ReasonIn(status) != "PRUNED") surprise.Update(status);
    }
  };
  std::vector<std::thread> readers;
  readers.emplace_back(
      [&] { until_dropped(surprises[0], [&] { return store_->ReadNodes(leaves).status(); }); });
  readers.emplace_back([&] {
    until_dropped(surprises[1], [&] { return store_->FindRepeated(Numbered(17)).status(); });
  });

  absl::Status pruned = ledger_->MoveBegin(Seq(kPrunedSpan), {});
  pruned.Update(store_->Prune(Seq(kPrunedSpan)));
  is_dropped = true;
  for (std::thread& reader : readers) reader.join();

  EXPECT_THAT(pruned, IsOk());
  EXPECT_THAT(surprises, ::testing::Each(IsOk()));
}

}  // namespace
}  // namespace daybook::storage::sqlite
