#include "rpc/gate.h"

#include <utility>

namespace daybook::rpc {

void Gate::Shut(absl::Status why) {
  const MutexLock lock(mutex_);
  why_shut_ = std::move(why);
}

absl::StatusOr<journal::Journal*> Gate::Enter() const {
  if (journal::Journal* const open = journal_.load(std::memory_order_acquire)) return open;
  const MutexLock lock(mutex_);
  return why_shut_;
}

}  // namespace daybook::rpc
