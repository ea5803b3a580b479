#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/mutex.h"
#include "storage/snapshot_store.h"

namespace daybook::testing {

// The smallest snapshot store that keeps the contract.
class MemorySnapshotStore final : public storage::SnapshotStore {
 public:
  absl::Status SaveSnapshot(const std::string& name, const storage::Snapshot& snapshot) override {
    const MutexLock lock(mutex_);
    snapshots_.insert_or_assign(name, snapshot);
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<storage::Snapshot>> LoadSnapshot(const std::string& name) override {
    const MutexLock lock(mutex_);
    const auto found = snapshots_.find(name);
    if (found == snapshots_.end()) return std::nullopt;
    return found->second;
  }

 private:
  Mutex mutex_;
  std::map<std::string, storage::Snapshot> snapshots_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook::testing
