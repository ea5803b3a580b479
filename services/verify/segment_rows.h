#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "db/sqlite/statement.h"
#include "storage/manifest.h"
#include "verify/catalog_zones.h"
#include "verify/findings.h"
#include "verify/index_sums.h"
#include "verify/row_check.h"
#include "verify/store_facts.h"
#include "verify/tile_source.h"

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

  db::sqlite::Statement& rows() { return *rows_; }
  TileReader& tiles() { return *tiles_; }

  // Takes a row that belongs to it.
  void Add(const RowCheck& row);
  // Takes one that does not, for the indexes have it too.
  void AddStray(const RowCheck& row);

  // Takes the kinds of rows that were added.
  void AddKinds(const storage::CountTable& kinds) { storage::Merge(zone_.counts, kinds); }

  // Once all rows and their kinds have been added: holds indexes, catalog and the list of tiles
  // against them.
  absl::Status Finish(Findings& findings);

 private:
  SegmentRows(const StoreFacts& facts, uint64_t number, db::sqlite::Connection connection);
  absl::Status CheckSchema(Findings& findings);
  absl::Status CheckTiles(Findings& findings);

  const StoreFacts& facts_;
  const uint64_t number_;
  const uint64_t first_;
  const uint64_t end_;
  const std::string file_;
  bool is_sealed_ = false;
  db::sqlite::Connection connection_;
  std::optional<db::sqlite::Statement> rows_;
  std::optional<TileReader> tiles_;
  std::optional<IndexSums> sums_;
  RowZone zone_;
  uint64_t events_ = 0;
};

}  // namespace daybook::verify
