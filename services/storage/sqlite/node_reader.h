#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"

#include "ledger/tile_edge.h"
#include "ledger/tree.h"
#include "storage/retention_store.h"
#include "storage/sqlite/reader_pool.h"
#include "storage/sqlite/upper_tree.h"

namespace daybook::storage::sqlite {

// Reads the hashes of complete subtrees: from the tiles in the segments, and
// what lies behind the last complete ones from an edge.
//
// Thread-compatible.
class NodeReader {
 public:
  // All must outlive it. The segments hold all tiles that a log of `edge`'s size
  // completes.
  struct Sources {
    ReaderPool& readers;
    uint64_t segment_events;
    UpperTree& upper;
    const ledger::TileEdge& edge;
    uint64_t dropped;           // how many of the first segments are
    RetentionStore* retention;  // what remains of them; nullptr where none is
  };
  explicit NodeReader(const Sources& sources) : from_(sources) {}

  // `nodes` are complete in a log of that size. DATA_LOSS where a tile is missing;
  // NOT_FOUND / PRUNED where it is dropped.
  absl::StatusOr<std::vector<ledger::Hash>> Read(std::span<const ledger::Node> nodes);

 private:
  absl::StatusOr<ledger::Hash> Read(const ledger::Node& node);
  absl::StatusOr<std::vector<ledger::Hash>> ReadPart(const ledger::TilePart& part);
  absl::Status ReadTile(uint32_t level, uint64_t number);
  absl::StatusOr<std::vector<ledger::Hash>> ReadKept(uint32_t level, uint64_t number) const;

  const Sources from_;
  // The one read last: the next node often lies in it too.
  ledger::Tile tile_;
};

}  // namespace daybook::storage::sqlite
