#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "ledger/hash.h"
#include "ledger/tile_edge.h"

namespace daybook::verify {

// The tree over a run of leaves whose first is a multiple of kLeaves, all of its
// nodes at hand.
//
// Thread-compatible.
class LeafBlock {
 public:
  static constexpr uint32_t kHeight = 16;
  static constexpr uint64_t kLeaves = uint64_t{1} << kHeight;

  // Adds the next leaf; there is room.
  void Add(const ledger::Hash& leaf);

  uint64_t size() const { return levels_[0].size(); }
  bool is_full() const { return size() == kLeaves; }

  // The hashes of the complete subtrees of 2^height leaves, in order.
  std::span<const ledger::Hash> Level(uint32_t height) const { return levels_[height]; }

  // The fewest subtrees that cover its first `leaves` leaves, from the left.
  std::vector<ledger::Hash> Cover(uint64_t leaves) const;

  // The root of a full one.
  const ledger::Hash& Root() const { return levels_[kHeight].front(); }

  void Clear();

 private:
  std::array<std::vector<ledger::Hash>, kHeight + 1> levels_;
};

}  // namespace daybook::verify
