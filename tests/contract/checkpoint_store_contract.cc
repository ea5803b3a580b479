#include "contract/checkpoint_store_contract.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "support/status_matchers.h"

namespace daybook::contract {
namespace {

using ::daybook::ledger::Hash;
using ::daybook::storage::StoredCheckpoint;
using ::daybook::storage::StoredCosignature;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

constexpr Micros kHour = Micros{3600} * 1'000'000;
constexpr Micros kToday = 1'763'683'200'000'000;  // midnight

Hash HashOf(uint8_t byte) {
  Hash hash;
  hash.fill(byte);
  return hash;
}

StoredCosignature By(const std::string& witness, uint64_t cosigned_at) {
  return {.witness = witness,
          .cosigned_at = cosigned_at,
          .line = absl::StrCat("line of ", witness, " at ", cosigned_at, "\n")};
}

StoredCheckpoint At(uint64_t size, Micros signed_at = kToday) {
  return {.size = LogSize(size), .signed_at = signed_at, .note = absl::StrCat("note ", size, "\n")};
}

}  // namespace

TEST_P(CheckpointStoreContract, HasNoneAtFirst) {
  EXPECT_EQ(*store_->Newest(), std::nullopt);
  EXPECT_EQ(*store_->OfSize(LogSize(0)), std::nullopt);
  EXPECT_THAT(*store_->Subtrees(), IsEmpty());
  EXPECT_THAT(*store_->Sizes(), IsEmpty());
}

TEST_P(CheckpointStoreContract, GivesBackWhatWasAdded) {
  ASSERT_THAT(store_->Add(At(3), {}), IsOk());
  ASSERT_THAT(store_->Add(At(5), {}), IsOk());

  EXPECT_THAT(*store_->Newest(), Optional(At(5)));
  EXPECT_THAT(*store_->OfSize(LogSize(3)), Optional(At(3)));
  EXPECT_EQ(*store_->OfSize(LogSize(4)), std::nullopt);
  EXPECT_THAT(*store_->Sizes(), ElementsAre(LogSize(3), LogSize(5)));
}

TEST_P(CheckpointStoreContract, OneSizeIsSignedOnce) {
  ASSERT_THAT(store_->Add(At(3), {}), IsOk());
  StoredCheckpoint other = At(3);
  other.note = "another\n";

  EXPECT_FALSE(store_->Add(other, {}).ok());

  EXPECT_THAT(*store_->OfSize(LogSize(3)), Optional(At(3)));
}

TEST_P(CheckpointStoreContract, SubtreesAddUp) {
  ASSERT_THAT(store_->Add(At(131'075), {.first_subtree = 0,
                                        .subtrees = {HashOf(1), HashOf(2)},
                                        .edge = {HashOf(7), HashOf(8), HashOf(9)}}),
              IsOk());
  ASSERT_THAT(store_->Add(At(131'076), {.first_subtree = 2, .subtrees = {}, .edge = {}}), IsOk());
  ASSERT_THAT(store_->Add(At(196'608), {.first_subtree = 2, .subtrees = {HashOf(3)}, .edge = {}}),
              IsOk());

  EXPECT_THAT(*store_->Subtrees(), ElementsAre(HashOf(1), HashOf(2), HashOf(3)));
}

TEST_P(CheckpointStoreContract, WhatCannotBeAddedLeavesNothing) {
  ASSERT_THAT(store_->Add(At(65'536), {.subtrees = {HashOf(1)}}), IsOk());

  EXPECT_FALSE(store_->Add(At(65'537), {.first_subtree = 0, .subtrees = {HashOf(2)}}).ok());

  EXPECT_EQ(*store_->OfSize(LogSize(65'537)), std::nullopt);
  EXPECT_THAT(*store_->Subtrees(), ElementsAre(HashOf(1)));
}

TEST_P(CheckpointStoreContract, OfOlderDaysTheLastCheckpointStays) {
  const std::vector<StoredCheckpoint> added = {
      At(1, kToday - 50 * kHour), At(2, kToday - 49 * kHour), At(3, kToday - 26 * kHour),
      At(4, kToday - 25 * kHour), At(5, kToday - 23 * kHour), At(6, kToday)};
  for (const StoredCheckpoint& checkpoint : added) {
    ASSERT_THAT(store_->Add(checkpoint, {}), IsOk());
  }

  EXPECT_EQ(*store_->OfSize(LogSize(1)), std::nullopt);
  EXPECT_EQ(*store_->OfSize(LogSize(3)), std::nullopt);
  for (const size_t kept : {1U, 3U, 4U, 5U}) {
    EXPECT_THAT(*store_->OfSize(added[kept].size), Optional(added[kept]));
  }
}

TEST_P(CheckpointStoreContract, ACosignedCheckpointStays) {
  for (const StoredCheckpoint& checkpoint :
       {At(1, kToday - 52 * kHour), At(2, kToday - 51 * kHour), At(3, kToday - 50 * kHour)}) {
    ASSERT_THAT(store_->Add(checkpoint, {}), IsOk());
    const StoredCosignature cosignature = By("w+1", 7);
    if (checkpoint.size != LogSize(1)) continue;
    ASSERT_THAT(store_->AddCosignatures(checkpoint.size, {&cosignature, 1}), IsOk());
  }

  ASSERT_THAT(store_->Add(At(4), {}), IsOk());

  EXPECT_THAT(*store_->OfSize(LogSize(1)), Optional(At(1, kToday - 52 * kHour)));
  EXPECT_EQ(*store_->OfSize(LogSize(2)), std::nullopt);
}

TEST_P(CheckpointStoreContract, OfEachWitnessWhatItSaidLastStays) {
  ASSERT_THAT(store_->Add(At(3), {}), IsOk());
  const std::vector<StoredCosignature> early = {By("w+2", 5), By("w+1", 5)};
  const std::vector<StoredCosignature> late = {By("w+1", 6), By("w+2", 4)};

  ASSERT_THAT(store_->AddCosignatures(LogSize(3), early), IsOk());
  ASSERT_THAT(store_->AddCosignatures(LogSize(3), late), IsOk());

  EXPECT_THAT(*store_->CosignaturesOf(LogSize(3)), ElementsAre(By("w+1", 6), By("w+2", 5)));
}

TEST_P(CheckpointStoreContract, ACheckpointThatIsNotKeptCannotBeCosigned) {
  ASSERT_THAT(store_->Add(At(3), {}), IsOk());
  const StoredCosignature cosignature = By("w+1", 5);

  EXPECT_THAT(store_->AddCosignatures(LogSize(2), {&cosignature, 1}),
              HasCode(absl::StatusCode::kNotFound));

  EXPECT_THAT(*store_->CosignaturesOf(LogSize(2)), IsEmpty());
  EXPECT_EQ(*store_->NewestCosignedBy("w+1"), std::nullopt);
}

TEST_P(CheckpointStoreContract, KnowsWhatEachWitnessHasCosigned) {
  const StoredCosignature one = By("w+1", 5);
  const StoredCosignature other = By("w+2", 5);
  for (const uint64_t size : {3U, 5U, 9U}) ASSERT_THAT(store_->Add(At(size), {}), IsOk());
  ASSERT_THAT(store_->AddCosignatures(LogSize(5), {&one, 1}), IsOk());
  ASSERT_THAT(store_->AddCosignatures(LogSize(3), {&one, 1}), IsOk());
  ASSERT_THAT(store_->AddCosignatures(LogSize(9), {&other, 1}), IsOk());

  EXPECT_THAT(*store_->NewestCosignedBy("w+1"), Optional(LogSize(5)));
  EXPECT_THAT(*store_->NewestCosignedBy("w+2"), Optional(LogSize(9)));
  EXPECT_EQ(*store_->NewestCosignedBy("w+3"), std::nullopt);
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CheckpointStoreContract);

}  // namespace daybook::contract
