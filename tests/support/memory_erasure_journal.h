#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/mutex.h"
#include "storage/erasure_journal.h"

namespace daybook::testing {

// The smallest erasure journal that keeps the contract.
class MemoryErasureJournal final : public storage::ErasureJournal {
 public:
  absl::StatusOr<storage::PlannedErasure> Plan(const std::string& name,
                                               const storage::Erasure& erasure,
                                               LogSize planned_at) override {
    const MutexLock lock(mutex_);
    const storage::PlannedErasure planned{
        .id = ++last_id_, .name = name, .planned_at = planned_at, .erasure = erasure};
    unfinished_.emplace(planned.id, planned);
    return planned;
  }

  absl::Status Forget(const storage::PlannedErasure& planned) override {
    const MutexLock lock(mutex_);
    unfinished_.erase(planned.id);
    return absl::OkStatus();
  }

  absl::Status Complete(const storage::PlannedErasure& planned, Micros /*completed_at*/) override {
    return Forget(planned);
  }

  absl::StatusOr<std::vector<storage::PlannedErasure>> Unfinished() override {
    const MutexLock lock(mutex_);
    std::vector<storage::PlannedErasure> unfinished;
    unfinished.reserve(unfinished_.size());
    for (const auto& [id, planned] : unfinished_) unfinished.push_back(planned);
    return unfinished;
  }

 private:
  Mutex mutex_;
  uint64_t last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<uint64_t, storage::PlannedErasure> unfinished_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook::testing
