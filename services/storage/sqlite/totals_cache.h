#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/ids.h"
#include "core/mutex.h"
#include "storage/sqlite/totals_rows.h"

namespace daybook::storage::sqlite {

// The totals of the blocks of a segment that is not sealed, once somebody has asked for them.
//
// Thread-safe.
class TotalsCache {
 public:
  // Of the block that begins with that event; nullptr where nobody has.
  std::shared_ptr<const std::vector<TotalsRow>> Find(Seq block) const {
    const MutexLock lock(mutex_);
    const auto found = blocks_.find(block.value());
    return found == blocks_.end() ? nullptr : found->second;
  }

  // None where the block has no totals.
  void Put(Seq block, std::shared_ptr<const std::vector<TotalsRow>> totals) {
    const MutexLock lock(mutex_);
    blocks_[block.value()] = std::move(totals);
  }

 private:
  mutable Mutex mutex_;
  std::unordered_map<uint64_t, std::shared_ptr<const std::vector<TotalsRow>>> blocks_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook::storage::sqlite
