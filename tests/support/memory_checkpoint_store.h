#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"

#include "core/mutex.h"
#include "storage/checkpoint_store.h"

namespace daybook::testing {

// The smallest checkpoint store that keeps the contract.
class MemoryCheckpointStore final : public storage::CheckpointStore {
 public:
  // What every Add answers from now on, instead of adding; OK ends it.
  void FailAdds(absl::Status error) {
    const MutexLock lock(mutex_);
    add_error_ = std::move(error);
  }

  // As if they were of events that are dropped.
  void KeepSubtrees(std::vector<ledger::Hash> subtrees) {
    const MutexLock lock(mutex_);
    subtrees_ = std::move(subtrees);
  }

  absl::Status Add(const storage::StoredCheckpoint& checkpoint,
                   const storage::TreeGrowth& growth) override {
    const MutexLock lock(mutex_);
    if (!add_error_.ok()) return add_error_;
    const bool fits = growth.subtrees.empty() || growth.first_subtree == subtrees_.size();
    if (!fits || checkpoints_.contains(checkpoint.size)) {
      return absl::AlreadyExistsError("it is there");
    }
    checkpoints_.emplace(checkpoint.size, checkpoint);
    subtrees_.insert(subtrees_.end(), growth.subtrees.begin(), growth.subtrees.end());
    DropOld(checkpoint.signed_at - storage::kAllCheckpointsKept);
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<storage::StoredCheckpoint>> Newest() override {
    const MutexLock lock(mutex_);
    if (checkpoints_.empty()) return std::nullopt;
    return checkpoints_.rbegin()->second;
  }

  absl::StatusOr<std::optional<storage::StoredCheckpoint>> OfSize(LogSize size) override {
    const MutexLock lock(mutex_);
    const auto found = checkpoints_.find(size);
    if (found == checkpoints_.end()) return std::nullopt;
    return found->second;
  }

  absl::Status AddCosignatures(LogSize size,
                               std::span<const storage::StoredCosignature> cosignatures) override {
    const MutexLock lock(mutex_);
    if (!add_error_.ok()) return add_error_;
    if (!checkpoints_.contains(size)) return absl::NotFoundError("no such checkpoint");
    for (const storage::StoredCosignature& added : cosignatures) {
      storage::StoredCosignature& kept = cosignatures_[size][added.witness];
      if (kept.line.empty() || kept.cosigned_at < added.cosigned_at) kept = added;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<storage::StoredCosignature>> CosignaturesOf(LogSize size) override {
    const MutexLock lock(mutex_);
    std::vector<storage::StoredCosignature> found;
    const auto of_size = cosignatures_.find(size);
    if (of_size == cosignatures_.end()) return found;
    found.reserve(of_size->second.size());
    for (const auto& [unused, cosignature] : of_size->second) found.push_back(cosignature);
    return found;
  }

  absl::StatusOr<std::optional<LogSize>> NewestCosignedBy(const std::string& witness) override {
    const MutexLock lock(mutex_);
    std::optional<LogSize> newest;
    for (const auto& [size, of_size] : cosignatures_) {
      if (of_size.contains(witness)) newest = size;
    }
    return newest;
  }

  absl::StatusOr<std::vector<LogSize>> Sizes() override {
    const MutexLock lock(mutex_);
    std::vector<LogSize> sizes;
    sizes.reserve(checkpoints_.size());
    for (const auto& [size, checkpoint] : checkpoints_) sizes.push_back(size);
    return sizes;
  }

  absl::StatusOr<std::vector<ledger::Hash>> Subtrees() override {
    const MutexLock lock(mutex_);
    return subtrees_;
  }

 private:
  void DropOld(Micros before) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    constexpr Micros kDay = Micros{24} * 3600 * 1'000'000;
    for (auto at = checkpoints_.begin(); at != checkpoints_.end();) {
      const auto next = std::next(at);
      const bool is_last_of_its_day = next == checkpoints_.end() ||
                                      next->second.signed_at >= before ||
                                      next->second.signed_at / kDay != at->second.signed_at / kDay;
      const bool is_kept = is_last_of_its_day || cosignatures_.contains(at->first);
      const bool goes = at->second.signed_at < before && !is_kept;
      at = goes ? checkpoints_.erase(at) : next;
    }
  }

  Mutex mutex_;
  absl::Status add_error_ ABSL_GUARDED_BY(mutex_);
  std::map<LogSize, storage::StoredCheckpoint> checkpoints_ ABSL_GUARDED_BY(mutex_);
  std::map<LogSize, std::map<std::string, storage::StoredCosignature>> cosignatures_
      ABSL_GUARDED_BY(mutex_);
  std::vector<ledger::Hash> subtrees_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook::testing
