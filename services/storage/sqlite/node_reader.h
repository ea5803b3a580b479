#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"

#include "ledger/tile_edge.h"
#include "ledger/tree.h"
#include "storage/sqlite/reader_pool.h"

namespace daybook::storage::sqlite {

// Reads the hashes of complete subtrees: from the tiles in the segments, and
// what lies behind the last complete ones from an edge.
//
// Thread-compatible.
class NodeReader {
 public:
  // Both must outlive it. The segments hold all tiles that a log of `edge`'s size
  // completes.
  NodeReader(ReaderPool& readers, uint64_t segment_events, const ledger::TileEdge& edge)
      : readers_(readers), segment_events_(segment_events), edge_(edge) {}

  // `nodes` are complete in a log of that size. DATA_LOSS where a tile is missing.
  absl::StatusOr<std::vector<ledger::Hash>> Read(std::span<const ledger::Node> nodes);

 private:
  absl::StatusOr<ledger::Hash> Read(const ledger::Node& node);
  absl::StatusOr<std::vector<ledger::Hash>> ReadPart(const ledger::TilePart& part);
  absl::StatusOr<std::vector<ledger::Hash>> ReadTile(uint32_t level, uint64_t number);

  ReaderPool& readers_;
  const uint64_t segment_events_;
  const ledger::TileEdge& edge_;
};

}  // namespace daybook::storage::sqlite
