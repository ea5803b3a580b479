#include "rpc/gate.h"

#include <vector>

#include "absl/time/clock.h"

namespace daybook::rpc {

void Gate::Shut(const absl::Status& why) {
  std::vector<std::weak_ptr<Guest>> told;
  {
    const MutexLock lock(mutex_);
    journal_ = nullptr;
    why_shut_ = why;
    for (const auto& [unused, guest] : guests_) told.push_back(guest);
  }
  // Without the lock: a guest may leave at once.
  for (const std::weak_ptr<Guest>& guest : told) {
    if (const std::shared_ptr<Guest> present = guest.lock()) present->OnShut(why);
  }
}

void Gate::Open(journal::Journal& journal) {
  const MutexLock lock(mutex_);
  journal_ = &journal;
}

absl::StatusOr<journal::Journal*> Gate::Enter() {
  const MutexLock lock(mutex_);
  if (journal_ == nullptr) return why_shut_;
  ++inside_;
  return journal_;
}

void Gate::Leave() {
  const MutexLock lock(mutex_);
  if (--inside_ == 0) is_empty_.NotifyAll();
}

void Gate::Tell(const std::shared_ptr<Guest>& guest) {
  absl::Status why;
  {
    const MutexLock lock(mutex_);
    if (journal_ != nullptr) {
      guests_.emplace(guest.get(), guest);
      return;
    }
    why = why_shut_;
  }
  guest->OnShut(why);
}

void Gate::Forget(const Guest& guest) {
  const MutexLock lock(mutex_);
  guests_.erase(&guest);
}

void Gate::WaitUntilEmpty(absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  const MutexLock lock(mutex_);
  while (inside_ > 0 && absl::Now() < deadline) {
    is_empty_.WaitFor(mutex_, deadline - absl::Now());
  }
}

}  // namespace daybook::rpc
