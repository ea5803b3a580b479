#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "core/mutex.h"
#include "support/forwarding_event_store.h"

namespace daybook::testing {

// A store whose appends wait for the test to let them go, and that remembers
// how many events each brought.
//
// Thread-safe.
class GatedEventStore final : public ForwardingEventStore {
 public:
  using ForwardingEventStore::ForwardingEventStore;

  absl::StatusOr<storage::AppendReceipt> Append(
      std::span<const storage::NewEvent* const> events) override {
    {
      const MutexLock lock(mutex_);
      group_sizes_.push_back(events.size());
      changed_.NotifyAll();
      while (is_shut_) changed_.Wait(mutex_);
    }
    return ForwardingEventStore::Append(events);
  }

  void Shut() { Set(true); }
  void Open() { Set(false); }

  // Waits until `count` appends have begun.
  void WaitForAppends(size_t count) {
    const MutexLock lock(mutex_);
    while (group_sizes_.size() < count) changed_.Wait(mutex_);
  }

  std::vector<size_t> group_sizes() const {
    const MutexLock lock(mutex_);
    return group_sizes_;
  }

 private:
  void Set(bool is_shut) {
    const MutexLock lock(mutex_);
    is_shut_ = is_shut;
    changed_.NotifyAll();
  }

  mutable Mutex mutex_;
  CondVar changed_;
  bool is_shut_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<size_t> group_sizes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook::testing
