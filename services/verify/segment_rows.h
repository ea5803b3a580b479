#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "db/sqlite/statement.h"
#include "db/sqlite/whole_rows.h"
#include "storage/manifest.h"
#include "verify/advance.h"
#include "verify/catalog_zones.h"
#include "verify/filter_check.h"
#include "verify/findings.h"
#include "verify/index_sums.h"
#include "verify/row_check.h"
#include "verify/store_facts.h"
#include "verify/tile_source.h"
#include "verify/totals_check.h"

namespace daybook::verify {

// One segment while it is verified: its file, and what its rows say that something
// beside them repeats.
//
// Thread-compatible.
class SegmentRows {
 public:
  // Opens it and compares what it consists of. Nothing where it cannot be read: that
  // is in `findings` then. `facts` must outlive it.
  static absl::StatusOr<std::unique_ptr<SegmentRows>> Open(const StoreFacts& facts, uint64_t number,
                                                           Findings& findings);

  uint64_t number() const { return number_; }
  uint64_t first() const { return first_; }
  uint64_t end() const { return end_; }
  bool is_sealed() const { return is_sealed_; }
  const std::string& file() const { return file_; }

  // Goes to the next row; false where there is none.
  absl::StatusOr<bool> Next();
  // What Next came to: lives until the next call of Next or LetGo.
  std::span<const db::sqlite::Cell> row() const { return rows_->cells(); }

  absl::StatusOr<std::optional<TileHashes>> ReadTile(uint32_t level, uint64_t number);

  // Nobody writes to its file any more.
  bool IsInCatalog() const { return facts_.zones.contains(number_); }

  // Closes a file that a service may be writing to: whoever has it open keeps its
  // journal from being emptied, and it from being sealed or exchanged. What is called next
  // opens it again. Does nothing to a file that never changes.
  void LetGo();

  // Takes a row that belongs to it.
  void Add(const RowCheck& row);
  // Takes one that does not, for the indexes have it too.
  void AddStray(const RowCheck& row);

  // Takes the kinds of rows that were added.
  void AddKinds(const storage::CountTable& kinds) { storage::Merge(zone_.counts, kinds); }

  // Once all rows and their kinds have been added: holds indexes, filters, catalog and the list
  // of tiles against them.
  absl::Status Finish(const Advance& advance, Findings& findings);

 private:
  SegmentRows(const StoreFacts& facts, uint64_t number);
  bool IsFull() const { return first_ + facts_.header.segment_events == end_; }
  // Opens the file where it is not.
  absl::Status Hold();
  absl::Status SelectRows();
  absl::Status CheckSchema(Findings& findings);
  absl::Status CheckTiles(Findings& findings);
  IndexSums::Scope IndexScope() const;

  const StoreFacts& facts_;
  const uint64_t number_;
  const uint64_t first_;
  const uint64_t end_;
  const std::string file_;
  bool is_sealed_ = false;
  bool is_as_made_ = false;  // its schema is
  std::optional<db::sqlite::Connection> connection_;
  std::optional<int64_t> last_id_;
  std::optional<db::sqlite::WholeRows> rows_;
  std::optional<TileReader> tiles_;
  std::optional<IndexSums> sums_;
  std::optional<TotalsCheck> totals_;
  std::optional<FilterCheck> filters_;
  RowZone zone_;
  uint64_t events_ = 0;
};

}  // namespace daybook::verify
