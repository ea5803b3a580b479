#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "db/sqlite/store_layout.h"
#include "storage/sqlite/zone.h"

namespace daybook::storage::sqlite {

// catalog.db: the zones of the sealed segments, so that a start need not open
// them. Everything in it can be computed again.
//
// Thread-compatible.
class Catalog {
 public:
  // With what it said, when it was opened, of the segments from `first` on. Makes an
  // empty one where there is none, or one that cannot be read.
  struct Opened;
  static absl::StatusOr<Opened> Open(const db::sqlite::StoreLayout& layout, uint64_t first);

  // Writes the zone of a segment, in place of what it said of it before. On OK
  // it is on disk.
  absl::Status Put(const Zone& zone);

  // Forgets the segments below `end`.
  absl::Status Drop(uint64_t end);

 private:
  explicit Catalog(db::sqlite::Connection connection) : connection_(std::move(connection)) {}
  static absl::StatusOr<Opened> OpenAndRead(const db::sqlite::StoreLayout& layout, uint64_t first);
  absl::StatusOr<std::vector<Zone>> Read(uint64_t first);
  absl::Status ReadCounts(std::vector<Zone>& zones);
  absl::Status PutCounts(const Zone& zone);

  db::sqlite::Connection connection_;
};

struct Catalog::Opened {
  Catalog catalog;
  std::vector<Zone> zones;  // of sealed segments, in order, without a gap
};

}  // namespace daybook::storage::sqlite
