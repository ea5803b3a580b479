#include "ledger/compact_range.h"

#include <utility>

#include "ledger/tree.h"

namespace daybook::ledger {

CompactRange::CompactRange(LogSize size, std::vector<Hash> edge)
    : size_(size.value()), edge_(std::move(edge)) {}

void CompactRange::AddSubtree(uint32_t height, const Hash& hash) {
  edge_.push_back(hash);
  for (uint64_t complete = size_ >> height; (complete & 1) != 0; complete >>= 1) {
    const Hash right = edge_.back();
    edge_.pop_back();
    edge_.back() = NodeHash(edge_.back(), right);
  }
  size_ += uint64_t{1} << height;
}

Hash CompactRange::Root() const { return Join(edge_); }

}  // namespace daybook::ledger
