#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "core/ids.h"
#include "daybook/store_leaves.h"
#include "daybook/tile_folder.h"
#include "ledger/compact_range.h"
#include "ledger/hash.h"
#include "ledger/proof.h"
#include "storage/retention_store.h"
#include "telemetry/progress.h"

namespace daybook::cli {

// Writes a log as the files of C2SP tlog-tiles; of events that are dropped, only what
// remains of them. Keeps, of each level, the hashes of one tile in memory.
//
// Thread-compatible.
class TileExport {
 public:
  // What remains of the events below `begin`.
  struct Dropped {
    Seq begin{0};  // a multiple of 2^16
    std::vector<ledger::Hash> subtrees = {};
    storage::RetentionStore& kept;
  };

  // All must outlive it.
  TileExport(StoreLeaves& leaves, Dropped dropped, TileFolder& folder,
             telemetry::Progress& progress)
      : leaves_(leaves), dropped_(std::move(dropped)), folder_(folder), progress_(progress) {}

  // Writes what is missing of the tree of `head`; once. All but the checkpoint.
  // NotVerifiedError where the events, or what was in the folder, are not those of
  // `head`.
  absl::Status Run(const ledger::TreeHead& head);

 private:
  absl::Status AddSubtree(uint64_t number);
  absl::Status AddDropped(uint64_t number);
  absl::Status PutKept(uint64_t number, const ledger::Hash& root);
  absl::StatusOr<std::optional<std::vector<ledger::Hash>>> ReadKept(uint32_t level, uint64_t number,
                                                                    const ledger::Hash& root);
  absl::Status AddLastSubtree(uint64_t number, uint64_t leaves);
  absl::StatusOr<ledger::Hash> AddTile(uint64_t number, const ledger::Hash* known);
  absl::StatusOr<ledger::Hash> RootOfTile(uint64_t number, const ledger::Hash* known);
  absl::StatusOr<std::vector<ledger::Hash>> AddEntries(uint64_t number, size_t width);
  absl::Status AddUpwards(const ledger::Hash& subtree);
  absl::Status PutPartial(uint32_t level, uint64_t number, const std::vector<ledger::Hash>& hashes);

  StoreLeaves& leaves_;
  const Dropped dropped_;
  TileFolder& folder_;
  telemetry::Progress& progress_;
  ledger::CompactRange tree_;
  // Of each level from 2 on, the hashes behind its last complete tile, and how many
  // of those there are.
  struct Row {
    std::vector<ledger::Hash> hashes = {};
    uint64_t tiles = 0;
  };
  std::vector<Row> rows_;
};

}  // namespace daybook::cli
