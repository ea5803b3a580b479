#include "contract/retention_store_contract.h"

#include <vector>

#include <gmock/gmock.h>

#include "support/status_matchers.h"

namespace daybook::contract {

using ::daybook::testing::IsOk;
using ::testing::Eq;
using ::testing::Optional;

namespace {

ledger::Tile TileOf(uint32_t level, uint64_t number, uint8_t byte) {
  ledger::Hash hash;
  hash.fill(byte);
  return {.level = level,
          .number = number,
          .hashes = std::vector<ledger::Hash>(ledger::kTileWidth, hash)};
}

}  // namespace

// Every test program links this suite; only an engine's runs it.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RetentionStoreContract);

TEST_P(RetentionStoreContract, ANewLogBeginsWithItsFirstEvent) {
  EXPECT_EQ(*retention_->Begin(), Seq(0));
  EXPECT_THAT(*retention_->KeptTile(0, 0), Eq(std::nullopt));
  EXPECT_THAT(*retention_->KeptLeaf(Seq(0)), Eq(std::nullopt));
}

TEST_P(RetentionStoreContract, GivesBackWhatRemains) {
  const ledger::Tile tile = TileOf(/*level=*/1, /*number=*/7, 3);
  const std::string leaf("\0leaf", 5);
  ASSERT_THAT(retention_->MoveBegin(Seq(65'536),
                                    {.tiles = {tile}, .leaves = {{.seq = Seq(9), .bytes = leaf}}}),
              IsOk());

  EXPECT_EQ(*retention_->Begin(), Seq(65'536));
  EXPECT_THAT(*retention_->KeptTile(1, 7), Optional(tile.hashes));
  EXPECT_THAT(*retention_->KeptTile(0, 7), Eq(std::nullopt));
  EXPECT_THAT(*retention_->KeptTile(1, 6), Eq(std::nullopt));
  EXPECT_THAT(*retention_->KeptLeaf(Seq(9)), Optional(leaf));
  EXPECT_THAT(*retention_->KeptLeaf(Seq(8)), Eq(std::nullopt));
}

TEST_P(RetentionStoreContract, WhatRemainsOfEarlierCutsStaysAsItWas) {
  const ledger::Tile first = TileOf(0, 1, 1);
  ASSERT_THAT(retention_->MoveBegin(
                  Seq(65'536), {.tiles = {first}, .leaves = {{.seq = Seq(9), .bytes = "first"}}}),
              IsOk());

  ASSERT_THAT(retention_->MoveBegin(Seq(131'072), {.tiles = {TileOf(0, 1, 2), TileOf(0, 300, 2)},
                                                   .leaves = {{.seq = Seq(9), .bytes = "second"}}}),
              IsOk());

  EXPECT_EQ(*retention_->Begin(), Seq(131'072));
  EXPECT_THAT(*retention_->KeptTile(0, 1), Optional(first.hashes));
  EXPECT_TRUE((*retention_->KeptTile(0, 300)).has_value());
  EXPECT_THAT(*retention_->KeptLeaf(Seq(9)), Optional(std::string("first")));
}

}  // namespace daybook::contract
