#pragma once

#include <cstdint>
#include <vector>

#include "core/ids.h"
#include "ledger/hash.h"

namespace daybook::ledger {

// A growing tree of which only the right edge is kept: the hashes of the
// complete subtrees that make it up, one for each bit that its size has.
//
// Thread-compatible.
class CompactRange {
 public:
  // The tree without leaves.
  CompactRange() = default;
  // The tree of `size` leaves; `edge` are the hashes of Cover(0, size).
  CompactRange(LogSize size, std::vector<Hash> edge);

  // Adds the next leaf.
  void Add(const Hash& leaf) { AddSubtree(0, leaf); }
  // Adds the next 2^height leaves, whose subtree has this hash. The size must be a
  // multiple of that.
  void AddSubtree(uint32_t height, const Hash& hash);

  Hash Root() const;
  LogSize size() const { return LogSize(size_); }
  const std::vector<Hash>& edge() const { return edge_; }

 private:
  uint64_t size_ = 0;
  std::vector<Hash> edge_;
};

}  // namespace daybook::ledger
