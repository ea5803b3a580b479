#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/status.h"

#include "db/sqlite/store_layout.h"
#include "ledger/hash.h"
#include "verify/tile_source.h"
#include "verify/unit_result.h"

namespace daybook::verify {

// The tiles that ledger.db keeps of one block of 2^16 dropped events. What is wrong with
// them, and with what lies under them, goes to the result of all that is dropped.
//
// Thread-compatible.
class KeptBlock {
 public:
  // `subtree` is the hash that ledger.db keeps of the block, if any; `result` must outlive
  // it.
  static absl::StatusOr<KeptBlock> Read(const db::sqlite::StoreLayout& layout, uint64_t number,
                                        std::optional<ledger::Hash> subtree, UnitResult& result);

  // Holds each tile against what lies above it.
  void CheckTiles();

  // Takes what a checkpoint that ends in the block is proven with: nothing where that is
  // not here, which is a finding where it `must` be.
  void TakeCover(uint64_t size, bool must);

  // Holds the hash of a leaf against its tile.
  void CheckLeaf(uint64_t seq, const ledger::Hash& hash);

 private:
  KeptBlock(uint64_t number, std::optional<ledger::Hash> subtree, UnitResult& result)
      : number_(number), subtree_(subtree), result_(result) {}

  absl::Status ReadTiles(const db::sqlite::StoreLayout& layout);
  const TileHashes* Find(uint32_t level, uint64_t number) const;
  void Miss(uint32_t level, uint64_t number);

  uint64_t number_;
  std::optional<ledger::Hash> subtree_;
  UnitResult& result_;
  std::map<std::pair<uint32_t, uint64_t>, TileHashes> tiles_;  // by level and number
  std::set<std::pair<uint32_t, uint64_t>> wrong_;              // said already
};

}  // namespace daybook::verify
