#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/ids.h"
#include "ledger/hash.h"
#include "ledger/tree.h"

namespace daybook::ledger {

// So many hashes side by side make a tile, as C2SP tlog-tiles has it.
inline constexpr uint64_t kTileWidth = 256;

// So many levels of complete tiles are stored beside the events: level 0 holds
// leaves, level 1 the roots of tiles of level 0.
inline constexpr uint32_t kStoredTileLevels = 2;

// A complete tile: the hashes of kTileWidth neighbouring subtrees, of
// kTileWidth^level leaves each.
struct Tile {
  uint32_t level = 0;
  uint64_t number = 0;  // on its level, from 0
  std::vector<Hash> hashes;
};

// The height of the subtree that a complete tile has over its hashes.
inline constexpr uint32_t kTileHeight = 8;

// The root over hashes side by side, a power of two of them: of a complete tile,
// or of a part of one.
Hash RootOf(std::span<const Hash> hashes);

// The seq of the last leaf under a tile: with it the tile is complete.
Seq LastLeafOf(uint32_t level, uint64_t number);

// Where the hash of a complete subtree comes from: `count` hashes, from `first` on,
// of a tile. Only of those that are lower than kStoredTileLevels tiles.
struct TilePart {
  uint32_t level = 0;
  uint64_t number = 0;
  size_t first = 0;
  size_t count = 0;
};
TilePart PartFor(const Node& node);

// How much of the tree over the first `size` leaves lies in no complete tile of
// a level yet, in hashes of that level.
size_t HashesBehindTiles(uint32_t level, LogSize size);

// The right edge of the tree: the hashes that wait for their tile. All that an
// append needs to know of what came before.
//
// Thread-compatible.
class TileEdge {
 public:
  // Of each level, the hashes behind its last complete tile, in order:
  // HashesBehindTiles(level, size) of them.
  using Hashes = std::array<std::vector<Hash>, kStoredTileLevels>;

  // The edge of an empty tree.
  TileEdge() = default;
  TileEdge(LogSize size, Hashes hashes);

  // Adds the next leaf; appends the tiles that it completes to `completed`.
  void Add(const Hash& leaf, std::vector<Tile>& completed);

  LogSize size() const { return LogSize(size_); }
  // Of a level, the hashes behind its last complete tile.
  const std::vector<Hash>& hashes(uint32_t level) const { return hashes_[level]; }

 private:
  uint64_t size_ = 0;
  Hashes hashes_;
};

}  // namespace daybook::ledger
