#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "core/mutex.h"
#include "storage/manifest_store.h"

namespace daybook::testing {

// The smallest manifest store that keeps the contract.
class MemoryManifestStore final : public storage::ManifestStore {
 public:
  // What every AddManifest answers from now on, instead of adding; OK ends it.
  void FailAdds(absl::Status error) {
    const MutexLock lock(mutex_);
    add_error_ = std::move(error);
  }

  int attempts() {
    const MutexLock lock(mutex_);
    return attempts_;
  }

  // Waits until something was to be added so many times.
  void WaitForAttempts(int attempts) {
    const MutexLock lock(mutex_);
    while (attempts_ < attempts) changed_.Wait(mutex_);
  }

  absl::Status AddManifest(const storage::StoredManifest& manifest) override {
    const MutexLock lock(mutex_);
    ++attempts_;
    changed_.NotifyAll();
    if (!add_error_.ok()) return add_error_;
    if (manifest.span != manifests_.size()) return absl::AlreadyExistsError("not the next");
    manifests_.push_back(manifest);
    return absl::OkStatus();
  }

  absl::StatusOr<uint64_t> CountManifests() override {
    const MutexLock lock(mutex_);
    return manifests_.size();
  }

  absl::StatusOr<std::optional<storage::StoredManifest>> GetManifest(uint64_t span) override {
    const MutexLock lock(mutex_);
    if (span >= manifests_.size()) return std::nullopt;
    return manifests_[span];
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int attempts_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status add_error_ ABSL_GUARDED_BY(mutex_);
  std::vector<storage::StoredManifest> manifests_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook::testing
