#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/mutex.h"
#include "storage/retention_store.h"

namespace daybook::testing {

// The smallest retention store that keeps the contract.
class MemoryRetentionStore final : public storage::RetentionStore {
 public:
  absl::StatusOr<Seq> Begin() override {
    const MutexLock lock(mutex_);
    return begin_;
  }

  absl::Status MoveBegin(Seq begin, const storage::Remains& remains) override {
    const MutexLock lock(mutex_);
    begin_ = begin;
    for (const ledger::Tile& tile : remains.tiles) {
      tiles_.emplace(std::pair(tile.level, tile.number), tile.hashes);
    }
    for (const storage::Remains::Leaf& leaf : remains.leaves) leaves_.emplace(leaf.seq, leaf.bytes);
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<std::vector<ledger::Hash>>> KeptTile(uint32_t level,
                                                                    uint64_t number) override {
    const MutexLock lock(mutex_);
    const auto found = tiles_.find({level, number});
    if (found == tiles_.end()) return std::nullopt;
    return found->second;
  }

  absl::StatusOr<std::optional<std::string>> KeptLeaf(Seq seq) override {
    const MutexLock lock(mutex_);
    const auto found = leaves_.find(seq);
    if (found == leaves_.end()) return std::nullopt;
    return found->second;
  }

 private:
  Mutex mutex_;
  Seq begin_ ABSL_GUARDED_BY(mutex_){0};
  std::map<std::pair<uint32_t, uint64_t>, std::vector<ledger::Hash>> tiles_ ABSL_GUARDED_BY(mutex_);
  std::map<Seq, std::string> leaves_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook::testing
