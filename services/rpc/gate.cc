#include "rpc/gate.h"

#include <utility>

#include "absl/time/clock.h"

namespace daybook::rpc {

void Gate::Shut(absl::Status why) {
  const MutexLock lock(mutex_);
  journal_ = nullptr;
  why_shut_ = std::move(why);
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

void Gate::WaitUntilEmpty(absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  const MutexLock lock(mutex_);
  while (inside_ > 0 && absl::Now() < deadline) {
    is_empty_.WaitFor(mutex_, deadline - absl::Now());
  }
}

}  // namespace daybook::rpc
