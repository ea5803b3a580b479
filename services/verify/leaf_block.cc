#include "verify/leaf_block.h"

#include "ledger/tree.h"

namespace daybook::verify {

using ::daybook::ledger::Hash;

void LeafBlock::Add(const Hash& leaf) {
  levels_[0].push_back(leaf);
  for (uint32_t height = 0; height < kHeight && levels_[height].size() % 2 == 0; ++height) {
    const std::vector<Hash>& row = levels_[height];
    levels_[height + 1].push_back(ledger::NodeHash(row[row.size() - 2], row.back()));
  }
}

std::vector<Hash> LeafBlock::Cover(uint64_t leaves) const {
  std::vector<Hash> hashes;
  for (const ledger::Node& node : ledger::Cover(0, leaves)) {
    hashes.push_back(levels_[node.height][node.index]);
  }
  return hashes;
}

void LeafBlock::Clear() {
  for (std::vector<Hash>& level : levels_) level.clear();
}

}  // namespace daybook::verify
