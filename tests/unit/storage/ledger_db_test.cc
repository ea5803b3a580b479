#include "storage/sqlite/ledger_db.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/checkpoint_store_contract.h"
#include "contract/erasure_journal_contract.h"
#include "contract/manifest_store_contract.h"
#include "contract/retention_store_contract.h"
#include "contract/snapshot_store_contract.h"
#include "support/sqlite_folder.h"
#include "support/status_matchers.h"

namespace daybook::contract {
namespace {

// ledger.db in a folder of its own.
std::shared_ptr<storage::sqlite::LedgerDb> OpenInOwnFolder() {
  struct Owner {
    testing::SqliteFolder folder{/*segment_events=*/4};
    std::unique_ptr<storage::sqlite::LedgerDb> ledger =
        storage::sqlite::LedgerDb::Open(folder.layout()).value();
  };
  const auto owner = std::make_shared<Owner>();
  return {owner, owner->ledger.get()};
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Sqlite, ManifestStoreContract,
                         ::testing::Values(ManifestEngine{.name = "ledger_db",
                                                          .open = OpenInOwnFolder}));

INSTANTIATE_TEST_SUITE_P(Sqlite, CheckpointStoreContract,
                         ::testing::Values(CheckpointEngine{.name = "ledger_db",
                                                            .open = OpenInOwnFolder}));

INSTANTIATE_TEST_SUITE_P(Sqlite, ErasureJournalContract,
                         ::testing::Values(ErasureEngine{.name = "ledger_db",
                                                         .open = OpenInOwnFolder}));

INSTANTIATE_TEST_SUITE_P(Sqlite, RetentionStoreContract,
                         ::testing::Values(RetentionEngine{.name = "ledger_db",
                                                           .open = OpenInOwnFolder}));

INSTANTIATE_TEST_SUITE_P(Sqlite, SnapshotStoreContract,
                         ::testing::Values(SnapshotEngine{.name = "ledger_db",
                                                          .open = OpenInOwnFolder}));

}  // namespace daybook::contract

namespace daybook::storage::sqlite {
namespace {

constexpr uint64_t kEventsInSpan = 65'536;

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

class LedgerDbTest : public ::testing::Test {
 protected:
  db::sqlite::Connection Raw() const {
    return db::sqlite::Connection::Open(folder_.layout().LedgerDb(),
                                        db::sqlite::OpenMode::kReadWrite)
        .value();
  }

  const testing::SqliteFolder folder_{/*segment_events=*/4};
};

TEST_F(LedgerDbTest, WhatWasAddedIsThereAfterReopening) {
  const StoredCheckpoint checkpoint = {.size = LogSize(2), .signed_at = 7, .note = "note\n"};
  ASSERT_THAT(LedgerDb::Open(folder_.layout()).value()->Add(checkpoint, {}), IsOk());

  EXPECT_THAT(*LedgerDb::Open(folder_.layout()).value()->Newest(), Optional(checkpoint));
}

TEST_F(LedgerDbTest, ASnapshotIsThereAfterReopeningAndUnderANewName) {
  const Snapshot snapshot{.size = LogSize(3), .last_leaf = {1, 2}, .content = "counts"};
  ASSERT_THAT(LedgerDb::Open(folder_.layout()).value()->SaveSnapshot("producers", snapshot),
              IsOk());

  const auto ledger = LedgerDb::Open(folder_.layout()).value();
  ASSERT_THAT(ledger->StartAnew("test.example/other", kEventsInSpan), IsOk());

  EXPECT_THAT(*ledger->LoadSnapshot("producers"), Optional(snapshot));
}

TEST_F(LedgerDbTest, ASnapshotWhoseLeafIsNoneIsNotThere) {
  const auto ledger = LedgerDb::Open(folder_.layout()).value();
  ASSERT_THAT(ledger->SaveSnapshot("producers", {.size = LogSize(3), .content = "counts"}), IsOk());
  {
    db::sqlite::Connection raw = Raw();
    ASSERT_THAT(raw.Execute("PRAGMA ignore_check_constraints = 1"), IsOk());
    ASSERT_THAT(raw.Execute("UPDATE snapshots SET last_leaf = zeroblob(31)"), IsOk());
  }

  EXPECT_EQ(*ledger->LoadSnapshot("producers"), std::nullopt);
}

TEST_F(LedgerDbTest, TheKeysAreThereAfterReopeningOldestFirst) {
  const LogKey first{.verifier = "one"};
  const LogKey second{.verifier = "another", .added = Seq(3)};
  const LogKey third{.verifier = "a third", .added = Seq(9)};
  {
    const auto ledger = LedgerDb::Open(folder_.layout()).value();
    EXPECT_THAT(*ledger->Keys(), IsEmpty());
    for (const LogKey& key : {third, second}) ASSERT_THAT(ledger->PutKey(key), IsOk());
    ASSERT_THAT(ledger->PutFirstKey("one"), IsOk());
    for (const LogKey& key : {third, second}) ASSERT_THAT(ledger->PutKey(key), IsOk());
  }
  const auto ledger = LedgerDb::Open(folder_.layout()).value();
  EXPECT_THAT(*ledger->Keys(), ElementsAre(first, second, third));

  const LogKey retired{.verifier = "another", .added = Seq(3), .retired = Seq(9)};
  ASSERT_THAT(ledger->PutKey(retired), IsOk());
  EXPECT_THAT(*ledger->Keys(), ElementsAre(first, retired, third));

  ASSERT_THAT(ledger->StartAnew("test.example/other", kEventsInSpan), IsOk());
  EXPECT_THAT(*ledger->Keys(), IsEmpty());
}

TEST_F(LedgerDbTest, WhatStandsForDroppedEventsOutlivesANewName) {
  const auto ledger = LedgerDb::Open(folder_.layout()).value();
  const std::vector<ledger::Hash> subtrees = {{1}, {2}, {3}};
  ASSERT_THAT(ledger->Add({.size = LogSize(3 * kEventsInSpan + 1), .note = "note\n"},
                          {.first_subtree = 0, .subtrees = subtrees}),
              IsOk());
  for (const uint64_t span : {0, 1, 2}) {
    ASSERT_THAT(
        ledger->AddManifest({.span = span, .seq = Seq((span + 1) * kEventsInSpan), .counts = ""}),
        IsOk());
  }
  ASSERT_THAT(ledger->MoveBegin(Seq(2 * kEventsInSpan), {}), IsOk());

  ASSERT_THAT(ledger->StartAnew("test.example/other", kEventsInSpan), IsOk());

  EXPECT_EQ(*ledger->Begin(), Seq(2 * kEventsInSpan));
  EXPECT_THAT(*ledger->Subtrees(), ElementsAre(subtrees[0], subtrees[1]));
  EXPECT_EQ(*ledger->CountManifests(), 2U);
  EXPECT_EQ(*ledger->Newest(), std::nullopt);
}

TEST_F(LedgerDbTest, TheLastCheckpointOfARetiredKeyIsKept) {
  const auto ledger = LedgerDb::Open(folder_.layout()).value();
  ASSERT_THAT(ledger->PutFirstKey("one"), IsOk());
  ASSERT_THAT(ledger->PutKey({.verifier = "one", .retired = Seq(3)}), IsOk());
  ASSERT_THAT(ledger->PutKey({.verifier = "another", .added = Seq(1)}), IsOk());
  for (const uint64_t size : {2, 3, 4, 5}) {
    ASSERT_THAT(ledger->Add({.size = LogSize(size), .signed_at = Micros(size)}, {}), IsOk());
  }

  ASSERT_THAT(ledger->Add({.size = LogSize(6), .signed_at = 10 * kAllCheckpointsKept}, {}), IsOk());

  // And that of its day, and the newest.
  EXPECT_EQ(*Raw().QueryText("SELECT group_concat(size) FROM checkpoints"), "3,5,6");
}

TEST_F(LedgerDbTest, TheEdgeIsThatOfTheNewestCheckpoint) {
  const auto ledger = LedgerDb::Open(folder_.layout()).value();
  const ledger::Hash leaf = {1};
  ASSERT_THAT(ledger->Add({.size = LogSize(1)}, {.edge = {leaf}}), IsOk());
  ASSERT_THAT(ledger->Add({.size = LogSize(2)}, {.edge = {leaf, leaf}}), IsOk());

  EXPECT_EQ(*Raw().QueryInteger("SELECT count(*) FROM edge"), 1);
  EXPECT_EQ(*Raw().QueryInteger("SELECT size FROM edge"), 2);
  EXPECT_EQ(*Raw().QueryInteger("SELECT length(leaves) FROM edge"), 64);
}

TEST_F(LedgerDbTest, AnUnfinishedErasureIsThereAfterReopening) {
  const Erasure erasure = {.ranges = {{.first = Seq(3), .last = Seq(5)}},
                           .groups = {ledger::Group::kSubject, ledger::Group::kClient}};
  ASSERT_THAT(LedgerDb::Open(folder_.layout()).value()->Plan("name", erasure, LogSize(9)), IsOk());

  const auto unfinished = LedgerDb::Open(folder_.layout()).value()->Unfinished();

  ASSERT_THAT(unfinished, IsOk());
  ASSERT_EQ(unfinished->size(), 1U);
  EXPECT_EQ(unfinished->front().erasure, erasure);
  EXPECT_EQ(*Raw().QueryText("SELECT ranges FROM erasures"), "[[3,5]]");
  EXPECT_EQ(*Raw().QueryText("SELECT field_groups FROM erasures"), "subject,client");
}

TEST_F(LedgerDbTest, AnErasureThatCannotBeReadIsDamage) {
  const auto ledger = LedgerDb::Open(folder_.layout()).value();
  ASSERT_THAT(
      ledger->Plan("name", {.ranges = {{}}, .groups = {ledger::Group::kSubject}}, LogSize(9)),
      IsOk());
  for (const char* const change :
       {"ranges = '[[5,3]]'", "ranges = '[[0,0]]', field_groups = 'x'"}) {
    ASSERT_THAT(Raw().Execute(std::string("UPDATE erasures SET ") + change), IsOk());

    EXPECT_THAT(ledger->Unfinished(), HasCode(absl::StatusCode::kDataLoss)) << change;
  }
}

TEST_F(LedgerDbTest, AMissingSubtreeIsDamage) {
  const auto ledger = LedgerDb::Open(folder_.layout()).value();
  ASSERT_THAT(ledger->Add({.size = LogSize(131'072)}, {.subtrees = {{1}, {2}}}), IsOk());
  ASSERT_THAT(Raw().Execute("DELETE FROM subtrees WHERE number = 0"), IsOk());

  EXPECT_THAT(ledger->Subtrees(), HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(LedgerDbTest, ASubtreeThatNoCheckpointCoversIsNotTaken) {
  const auto ledger = LedgerDb::Open(folder_.layout()).value();
  ASSERT_THAT(ledger->Add({.size = LogSize(65'536)}, {.subtrees = {{1}}}), IsOk());
  ASSERT_THAT(Raw().Execute("INSERT INTO subtrees VALUES (1, zeroblob(32))"), IsOk());

  EXPECT_THAT(*ledger->Subtrees(), ::testing::ElementsAre(ledger::Hash{1}));
}

TEST_F(LedgerDbTest, AMissingLastSubtreeIsDamage) {
  const auto ledger = LedgerDb::Open(folder_.layout()).value();
  ASSERT_THAT(ledger->Add({.size = LogSize(131'072)}, {.subtrees = {{1}, {2}}}), IsOk());
  ASSERT_THAT(Raw().Execute("DELETE FROM subtrees WHERE number = 1"), IsOk());

  EXPECT_THAT(ledger->Subtrees(), HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(LedgerDbTest, CosignaturesAreThereAfterReopeningAndGoWhenTheLogStartsAnew) {
  const StoredCosignature cosignature = {.witness = "w+1", .cosigned_at = 5, .line = "line\n"};
  const auto ledger = LedgerDb::Open(folder_.layout()).value();
  ASSERT_THAT(ledger->Add({.size = LogSize(2), .note = "note\n"}, {}), IsOk());
  ASSERT_THAT(ledger->AddCosignatures(LogSize(2), {&cosignature, 1}), IsOk());

  const auto reopened = LedgerDb::Open(folder_.layout()).value();
  EXPECT_THAT(*reopened->CosignaturesOf(LogSize(2)), ::testing::ElementsAre(cosignature));

  ASSERT_THAT(reopened->StartAnew("another.example/log", kEventsInSpan), IsOk());
  EXPECT_THAT(*reopened->CosignaturesOf(LogSize(2)), ::testing::IsEmpty());
  EXPECT_EQ(*reopened->NewestCosignedBy("w+1"), std::nullopt);
}

}  // namespace
}  // namespace daybook::storage::sqlite
