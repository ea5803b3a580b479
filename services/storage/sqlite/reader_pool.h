#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

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
  explicit ReaderPool(const db::sqlite::StoreLayout& layout) : layout_(layout) {}

  // Lends a reader of the segment to `use`.
  absl::Status With(uint64_t segment, absl::FunctionRef<absl::Status(SegmentReader&)> use);

  // Closes those that nobody uses.
  void CloseIdle();

 private:
  using Idle = std::pair<uint64_t, std::unique_ptr<SegmentReader>>;

  std::unique_ptr<SegmentReader> TakeIdle(uint64_t segment);
  void GiveBack(uint64_t segment, std::unique_ptr<SegmentReader> reader);

  const db::sqlite::StoreLayout& layout_;
  Mutex mutex_;
  std::vector<Idle> idle_ ABSL_GUARDED_BY(mutex_);  // least recently used first
};

}  // namespace daybook::storage::sqlite
