#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"

#include "core/mutex.h"
#include "storage/sqlite/sliced_filter.h"

namespace daybook::storage::sqlite {

// The file of the filters of segments `group` × 64 and the next 63.
std::string FilterPath(const std::string& prefix, uint64_t group);

// Which segments may hold a key: a SlicedFilter for each 64 of them. Where one
// cannot be had, its segments may hold anything.
//
// Thread-safe; one thread adds.
class SegmentFilters {
 public:
  struct Options {
    std::string prefix;  // of the files' paths
    uint64_t words = 0;  // of each filter
    std::string boot;
  };
  // `tags` are those of the segments that exist, from 0; 0 for those that are dropped.
  SegmentFilters(Options options, const std::vector<uint64_t>& tags);

  // The segments below `end`, newest first and from `first` on, that may hold
  // `key`.
  std::vector<uint64_t> MayHold(uint64_t key, uint64_t first, uint64_t end) const;
  bool MayHold(uint64_t key, uint64_t segment) const;

  bool HasAdded(uint64_t segment) const;
  void Add(uint64_t segment, uint64_t tag, const std::vector<uint64_t>& keys);

  // Removes the files that are about none but segments below `end`.
  void Drop(uint64_t end) const;

  // Makes what is known of the segment outlast the machine, and what is not known
  // any more be gone from the file too.
  absl::Status Sync(uint64_t segment);

 private:
  // nullptr where there is none.
  const SlicedFilter* GroupOf(uint64_t segment) const;
  SlicedFilter* GroupOf(uint64_t segment);
  std::string PathOf(uint64_t group) const;
  SlicedFilter* OpenGroup(uint64_t group, const SlicedFilter::Tags& tags);

  const Options options_;
  mutable Mutex mutex_;
  // They stay where they are as long as this lives; some are nullptr.
  std::vector<std::unique_ptr<SlicedFilter>> groups_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook::storage::sqlite
