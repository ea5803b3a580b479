#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "db/sqlite/statement.h"
#include "db/sqlite/store_layout.h"
#include "ledger/hash.h"

namespace daybook::verify {

using TileHashes = std::vector<ledger::Hash>;

// Reads the tiles of one segment.
//
// Thread-compatible.
class TileReader {
 public:
  // `segment` must outlive it.
  static absl::StatusOr<TileReader> Of(db::sqlite::Connection& segment);

  // Nothing where it is missing, or no tile.
  absl::StatusOr<std::optional<TileHashes>> Read(uint32_t level, uint64_t number);

 private:
  explicit TileReader(db::sqlite::Statement select) : select_(std::move(select)) {}

  db::sqlite::Statement select_;
};

// Reads a tile from whichever segment has it, for the rare case. Nothing where it is
// not to be had.
std::optional<TileHashes> ReadTileAnywhere(const db::sqlite::StoreLayout& layout,
                                           uint64_t segment_events, uint32_t level,
                                           uint64_t number);

}  // namespace daybook::verify
