#include "verify/evidence.h"

#include "ledger/compact_range.h"
#include "ledger/tile_edge.h"
#include "verify/leaf_block.h"
#include "verify/tile_source.h"

namespace daybook::verify {

using ::daybook::ledger::Hash;
using ::daybook::ledger::kTileWidth;

Evidence Evidence::Gather(const db::sqlite::StoreLayout& layout, uint64_t segment_events,
                          const LedgerRecords& records) {
  if (records.heads.empty()) return {};
  const ledger::TreeHead& head = records.heads.back().head;
  const uint64_t size = head.size.value();
  const bool has_edge = size % kTileWidth == 0 || records.edge_size == size;
  if (!has_edge) return {};
  ledger::CompactRange range;
  for (uint64_t number = 0; number < size / LeafBlock::kLeaves; ++number) {
    const auto subtree = records.subtrees.find(number);
    if (subtree == records.subtrees.end()) return {};
    range.AddSubtree(LeafBlock::kHeight, subtree->second);
  }
  while (range.size().value() + kTileWidth <= size) {
    const auto tile =
        ReadTileAnywhere(layout, segment_events, 0, range.size().value() / kTileWidth);
    if (!tile) return {};
    range.AddSubtree(ledger::kTileHeight, ledger::RootOf(*tile));
  }
  Evidence evidence;
  if (size % kTileWidth != 0) evidence.edge_ = records.edge;
  for (const Hash& leaf : evidence.edge_) range.Add(leaf);
  if (range.Root() != head.root) return {};
  evidence.size_ = size;
  return evidence;
}

bool Evidence::HasTile(uint64_t number) const {
  const uint64_t first = size_ / LeafBlock::kLeaves * (LeafBlock::kLeaves / kTileWidth);
  return number >= first && (number + 1) * kTileWidth <= size_;
}

std::optional<Hash> Evidence::LeafAt(uint64_t seq) const {
  const uint64_t begin = size_ - edge_.size();
  if (seq < begin || seq >= size_) return std::nullopt;
  return edge_[seq - begin];
}

}  // namespace daybook::verify
