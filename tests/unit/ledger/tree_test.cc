#include "ledger/tree.h"

#include <limits>

#include <gmock/gmock.h>

#include "ledger/compact_range.h"
#include "support/naive_tree.h"

namespace daybook::ledger {
namespace {

using ::daybook::testing::NaiveRoot;
using ::daybook::testing::NodesOver;
using ::daybook::testing::NumberedLeaves;

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(EmptyRoot, IsTheHashOfNothing) {
  EXPECT_EQ(ToHex(EmptyRoot()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Join({}), EmptyRoot());
}

TEST(Cover, TakesTheLargestSubtreesThatFit) {
  EXPECT_THAT(Cover(0, 0), IsEmpty());
  EXPECT_THAT(Cover(0, 7), ElementsAre(Node{.height = 2, .index = 0}, Node{.height = 1, .index = 2},
                                       Node{.height = 0, .index = 6}));
  EXPECT_THAT(Cover(4, 8), ElementsAre(Node{.height = 2, .index = 1}));
  EXPECT_THAT(Cover(3, 6),
              ElementsAre(Node{.height = 0, .index = 3}, Node{.height = 1, .index = 2}));
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  EXPECT_EQ(Cover(0, kMost).size(), 64U);
  EXPECT_THAT(Cover(kMost - 1, kMost), ElementsAre(Node{.height = 0, .index = kMost - 1}));
}

TEST(CompactRange, HasTheRootOfEverySize) {
  const std::vector<Hash> leaves = NumberedLeaves(0, 600);
  CompactRange range;
  for (size_t size = 0; size <= leaves.size(); ++size) {
    const auto tree = std::span(leaves).first(size);
    ASSERT_EQ(range.Root(), NaiveRoot(tree)) << size;
    ASSERT_EQ(range.edge(), NodesOver(tree, Cover(0, size))) << size;
    ASSERT_EQ(range.size(), LogSize(size));
    if (size < leaves.size()) range.Add(leaves[size]);
  }
}

TEST(CompactRange, GoesOnFromAnEdgeAndWithWholeSubtrees) {
  const std::vector<Hash> leaves = NumberedLeaves(0, 300);
  const auto nodes = [&](uint64_t end) { return NodesOver(leaves, Cover(0, end)); };
  CompactRange range(LogSize(5), nodes(5));
  for (const uint64_t seq : {5, 6, 7}) range.Add(leaves[seq]);
  range.AddSubtree(3, NaiveRoot(std::span(leaves).subspan(8, 8)));
  range.AddSubtree(4, NaiveRoot(std::span(leaves).subspan(16, 16)));
  range.AddSubtree(2, NaiveRoot(std::span(leaves).subspan(32, 4)));

  EXPECT_EQ(range.size(), LogSize(36));
  EXPECT_EQ(range.Root(), NaiveRoot(std::span(leaves).first(36)));
}

}  // namespace
}  // namespace daybook::ledger
