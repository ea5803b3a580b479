#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

#include "core/mutex.h"
#include "db/sqlite/store_layout.h"
#include "storage/sqlite/segment_reader.h"

namespace daybook::storage::sqlite {

// Readers that are open and idle, so that a query need not open files.
//
// Thread-safe.
class ReaderPool {
 public:
  // `layout` must outlive it.
  ReaderPool(const db::sqlite::StoreLayout& layout, uint64_t segment_events)
      : layout_(layout), segment_events_(segment_events) {}

  // Lends a reader of the segment to `use`. Waits where the segment is shut.
  absl::Status With(uint64_t segment, absl::FunctionRef<absl::Status(SegmentReader&)> use);

  // Runs `change` while nobody reads the segment. UNAVAILABLE where somebody
  // still does after `patience`. Not of one segment twice at once.
  absl::Status WithoutReaders(uint64_t segment, absl::Duration patience,
                              absl::FunctionRef<absl::Status()> change);

  // The segments below `end` are sealed: readers opened from now on trust that
  // their files never change.
  void SetSealed(uint64_t end);

  // Closes those that nobody uses.
  void CloseIdle();

 private:
  using Idle = std::pair<uint64_t, std::unique_ptr<SegmentReader>>;

  absl::StatusOr<std::unique_ptr<SegmentReader>> Take(uint64_t segment);
  absl::StatusOr<std::unique_ptr<SegmentReader>> Open(uint64_t segment, bool sealed) const;
  std::unique_ptr<SegmentReader> TakeIdle(uint64_t segment) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // `reader` is nullptr where it is not to be lent again.
  void GiveBack(uint64_t segment, std::unique_ptr<SegmentReader> reader);
  bool Shut(uint64_t segment, absl::Duration patience);
  void Reopen(uint64_t segment);

  const db::sqlite::StoreLayout& layout_;
  const uint64_t segment_events_;
  Mutex mutex_;
  CondVar changed_;
  std::vector<Idle> idle_ ABSL_GUARDED_BY(mutex_);  // least recently used first
  absl::flat_hash_map<uint64_t, size_t> lent_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_set<uint64_t> shut_ ABSL_GUARDED_BY(mutex_);
  uint64_t sealed_end_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace daybook::storage::sqlite
