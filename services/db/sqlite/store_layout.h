#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace daybook::db::sqlite {

// Where the files of a store lie. docs/storage.md says what each holds.
//
// Immutable.
class StoreLayout {
 public:
  explicit StoreLayout(std::string root) : root_(std::move(root)) {}

  const std::string& root() const { return root_; }
  std::string LedgerDb() const { return root_ + "/ledger.db"; }
  std::string CatalogDb() const { return root_ + "/catalog.db"; }
  std::string SegmentsFolder() const { return root_ + "/segments"; }
  std::string TemplateDb() const { return SegmentsFolder() + "/template.db"; }
  std::string Segment(uint64_t number) const;

  // What the names of filter files of a kind begin with.
  std::string FilterPrefix(const std::string& kind) const { return SegmentsFolder() + "/" + kind; }

  // Held by the one process that appends.
  std::string ServiceLock() const { return root_ + "/service.lock"; }
  // Held by the one process that migrates.
  std::string MigrateLock() const { return root_ + "/migrate.lock"; }

  // The numbers of the segments that exist, ascending.
  absl::StatusOr<std::vector<uint64_t>> SegmentNumbers() const;

  // How much space all files take, apart from those in folders that may not be read.
  absl::StatusOr<uint64_t> SizeInBytes() const;

 private:
  std::string root_;
};

}  // namespace daybook::db::sqlite
