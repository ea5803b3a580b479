#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "db/sqlite/store_layout.h"
#include "ledger/hash.h"
#include "verify/ledger_records.h"

namespace daybook::verify {

// What the newest checkpoint vouches for of all that is stored beside the rows: where
// the kept subtrees, the last tiles and the edge together have its root, each of them
// is what was signed, and a row that differs from them is the row that was changed.
//
// Immutable.
class Evidence {
 public:
  Evidence() = default;
  // `records` must outlive it.
  static Evidence Gather(const db::sqlite::StoreLayout& layout, uint64_t segment_events,
                         const LedgerRecords& records);

  // Whether the tile of level 0 is one that the checkpoint vouches for.
  bool HasTile(uint64_t number) const;
  // The leaf of an event behind the last tile; nothing where it is not vouched for.
  std::optional<ledger::Hash> LeafAt(uint64_t seq) const;

 private:
  uint64_t size_ = 0;  // 0 where nothing is vouched for
  std::vector<ledger::Hash> edge_;
};

}  // namespace daybook::verify
