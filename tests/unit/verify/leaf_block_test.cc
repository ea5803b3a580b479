#include "verify/leaf_block.h"

#include <gtest/gtest.h>

#include "ledger/tree.h"
#include "support/naive_tree.h"

namespace daybook::verify {
namespace {

using ::daybook::ledger::Hash;

TEST(LeafBlock, CoversAnyNumberOfItsLeaves) {
  const std::vector<Hash> leaves = testing::NumberedLeaves(0, 300);
  LeafBlock block;
  for (const Hash& leaf : leaves) block.Add(leaf);

  for (size_t size : {1, 2, 3, 255, 256, 257, 300}) {
    EXPECT_EQ(ledger::Join(block.Cover(size)), testing::NaiveRoot(std::span(leaves).first(size)))
        << size;
  }
}

TEST(LeafBlock, HasARootOnceItIsFull) {
  const std::vector<Hash> leaves = testing::NumberedLeaves(0, LeafBlock::kLeaves);
  LeafBlock block;
  for (const Hash& leaf : leaves) {
    ASSERT_FALSE(block.is_full());
    block.Add(leaf);
  }

  EXPECT_TRUE(block.is_full());
  EXPECT_EQ(block.Root(), testing::NaiveRoot(leaves));
}

}  // namespace
}  // namespace daybook::verify
