#include "ledger/tile_edge.h"

#include <string>

#include <gtest/gtest.h>

#include "ledger/tree.h"
#include "support/naive_tree.h"

namespace daybook::ledger {
namespace {

using ::daybook::testing::NaiveRoot;
using ::daybook::testing::NumberedLeaves;

Hash NumberedLeaf(uint64_t number) { return LeafHash(std::to_string(number)); }

TEST(NodeHash, ComputesWhatCertificateTransparencyPublished) {
  const std::vector<std::string> inputs = {"",
                                           std::string("\x00", 1),
                                           "\x10",
                                           "\x20\x21",
                                           "\x30\x31",
                                           "\x40\x41\x42\x43",
                                           "\x50\x51\x52\x53\x54\x55\x56\x57",
                                           "`abcdefghijklmno"};
  std::vector<Hash> leaves;
  leaves.reserve(inputs.size());
  for (const std::string& input : inputs) leaves.push_back(LeafHash(input));

  EXPECT_EQ(ToHex(leaves.front()),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(ToHex(NaiveRoot(leaves)),
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
}

TEST(TileEdge, CutsLeavesIntoTilesOf256) {
  TileEdge edge;
  std::vector<Tile> completed;
  for (uint64_t number = 0; number < 513; ++number) edge.Add(NumberedLeaf(number), completed);

  ASSERT_EQ(completed.size(), 2U);
  EXPECT_EQ(completed[0].level, 0U);
  EXPECT_EQ(completed[0].number, 0U);
  EXPECT_EQ(completed[0].hashes, NumberedLeaves(0, 256));
  EXPECT_EQ(completed[1].number, 1U);
  EXPECT_EQ(completed[1].hashes, NumberedLeaves(256, 512));
  EXPECT_EQ(edge.size(), LogSize(513));
}

TEST(TileEdge, ATileOfTilesHoldsTheirRoots) {
  TileEdge edge;
  std::vector<Tile> completed;
  const std::vector<Hash> leaves = NumberedLeaves(0, kTileWidth * kTileWidth);
  for (const Hash& leaf : leaves) edge.Add(leaf, completed);

  ASSERT_EQ(completed.size(), kTileWidth + 1);
  const Tile& upper = completed.back();
  EXPECT_EQ(upper.level, 1U);
  EXPECT_EQ(upper.number, 0U);
  EXPECT_EQ(upper.hashes[7], NaiveRoot(std::span(leaves).subspan(7 * kTileWidth, kTileWidth)));
  EXPECT_EQ(RootOf(upper.hashes), NaiveRoot(leaves));
}

TEST(TileEdge, GoesOnFromWhatLiesBehindTheTiles) {
  constexpr uint64_t kSize = 70'000;
  TileEdge whole;
  std::vector<Tile> tiles;
  for (uint64_t number = 0; number < kSize; ++number) whole.Add(NumberedLeaf(number), tiles);
  TileEdge::Hashes behind;
  behind[0] = NumberedLeaves(kSize - HashesBehindTiles(0, LogSize(kSize)), kSize);
  for (uint64_t number = kTileWidth; number < kSize / kTileWidth; ++number) {
    const uint64_t first = number * kTileWidth;
    behind[1].push_back(NaiveRoot(NumberedLeaves(first, first + kTileWidth)));
  }
  ASSERT_EQ(behind[1].size(), HashesBehindTiles(1, LogSize(kSize)));
  TileEdge resumed(LogSize(kSize), behind);

  std::vector<Tile> by_whole;
  std::vector<Tile> by_resumed;
  for (uint64_t number = kSize; number < 2 * kTileWidth * kTileWidth; ++number) {
    whole.Add(NumberedLeaf(number), by_whole);
    resumed.Add(NumberedLeaf(number), by_resumed);
  }

  ASSERT_EQ(by_resumed.size(), by_whole.size());
  for (size_t i = 0; i < by_whole.size(); ++i) {
    EXPECT_EQ(by_resumed[i].level, by_whole[i].level);
    EXPECT_EQ(by_resumed[i].number, by_whole[i].number);
    EXPECT_EQ(by_resumed[i].hashes, by_whole[i].hashes);
  }
  EXPECT_EQ(by_whole.back().level, 1U);
  EXPECT_EQ(by_whole.back().number, 1U);
}

TEST(TileEdge, ATileIsCompleteWithItsLastLeaf) {
  EXPECT_EQ(LastLeafOf(0, 0), Seq(255));
  EXPECT_EQ(LastLeafOf(0, 3), Seq(1'023));
  EXPECT_EQ(LastLeafOf(1, 0), Seq(65'535));
  EXPECT_EQ(LastLeafOf(1, 1), Seq(131'071));
}

}  // namespace
}  // namespace daybook::ledger
