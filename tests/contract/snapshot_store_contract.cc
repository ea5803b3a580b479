#include "contract/snapshot_store_contract.h"

#include <cstdint>
#include <string>

#include <gmock/gmock.h>

#include "support/status_matchers.h"

namespace daybook::contract {

using ::daybook::storage::Snapshot;
using ::daybook::testing::IsOk;
using ::testing::Eq;
using ::testing::Optional;

namespace {

Snapshot SnapshotOf(uint64_t size, uint8_t byte, std::string content) {
  Snapshot snapshot{.size = LogSize(size), .content = std::move(content)};
  snapshot.last_leaf.fill(byte);
  return snapshot;
}

}  // namespace

// Every test program links this suite; only an engine's runs it.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SnapshotStoreContract);

TEST_P(SnapshotStoreContract, HasNoneThatNobodySaved) {
  EXPECT_THAT(*snapshots_->LoadSnapshot("producers"), Eq(std::nullopt));
}

TEST_P(SnapshotStoreContract, GivesBackWhatWasSavedByteForByte) {
  std::string content(100'000, '\xff');
  content[7] = '\0';
  const Snapshot snapshot = SnapshotOf(uint64_t{1} << 40, 0xa5, content);

  ASSERT_THAT(snapshots_->SaveSnapshot("producers", snapshot), IsOk());

  EXPECT_THAT(*snapshots_->LoadSnapshot("producers"), Optional(snapshot));
}

TEST_P(SnapshotStoreContract, KeepsTheLastOneOfEachName) {
  const Snapshot last = SnapshotOf(9, 3, "");
  const Snapshot other = SnapshotOf(7, 2, "other");
  ASSERT_THAT(snapshots_->SaveSnapshot("one", SnapshotOf(8, 1, "first")), IsOk());
  ASSERT_THAT(snapshots_->SaveSnapshot("other", other), IsOk());

  ASSERT_THAT(snapshots_->SaveSnapshot("one", last), IsOk());

  EXPECT_THAT(*snapshots_->LoadSnapshot("one"), Optional(last));
  EXPECT_THAT(*snapshots_->LoadSnapshot("other"), Optional(other));
}

}  // namespace daybook::contract
