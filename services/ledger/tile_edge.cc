#include "ledger/tile_edge.h"

#include <utility>

#include "ledger/tree.h"

namespace daybook::ledger {
namespace {

// How many leaves lie under one hash of a level.
uint64_t LeavesUnder(uint32_t level) {
  uint64_t leaves = 1;
  for (; level > 0; --level) leaves *= kTileWidth;
  return leaves;
}

}  // namespace

TilePart PartFor(const Node& node) {
  const uint32_t level = node.height / kTileHeight;
  const uint32_t above = node.height % kTileHeight;  // the hashes of the tile
  const uint64_t first = node.index << above;
  return {.level = level,
          .number = first / kTileWidth,
          .first = first % kTileWidth,
          .count = size_t{1} << above};
}

Hash RootOf(std::span<const Hash> hashes) {
  std::vector<Hash> row(hashes.begin(), hashes.end());
  while (row.size() > 1) {
    for (size_t i = 0; i < row.size() / 2; ++i) row[i] = NodeHash(row[2 * i], row[2 * i + 1]);
    row.resize(row.size() / 2);
  }
  return row.front();
}

Seq LastLeafOf(uint32_t level, uint64_t number) {
  return Seq((number + 1) * LeavesUnder(level + 1) - 1);
}

size_t HashesBehindTiles(uint32_t level, LogSize size) {
  return size.value() / LeavesUnder(level) % kTileWidth;
}

TileEdge::TileEdge(LogSize size, Hashes hashes) : size_(size.value()), hashes_(std::move(hashes)) {}

void TileEdge::Add(const Hash& leaf, std::vector<Tile>& completed) {
  ++size_;
  Hash hash = leaf;
  for (uint32_t level = 0; level < kStoredTileLevels; ++level) {
    std::vector<Hash>& waiting = hashes_[level];
    if (waiting.empty()) waiting.reserve(kTileWidth);
    waiting.push_back(hash);
    if (waiting.size() < kTileWidth) return;
    hash = RootOf(waiting);
    completed.push_back({.level = level,
                         .number = size_ / LeavesUnder(level + 1) - 1,
                         .hashes = std::exchange(waiting, {})});
  }
}

}  // namespace daybook::ledger
