#pragma once

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "core/mutex.h"
#include "journal/journal.h"

namespace daybook::rpc {

// Stands between the fronts and the journal: shut until the store is open and
// once the service stops, and then it says why. Counts who is inside.
//
// Thread-safe.
class Gate {
 public:
  // `why_shut` is what calls are answered with until the gate opens.
  explicit Gate(absl::Status why_shut) : why_shut_(std::move(why_shut)) {}

  // Lets nobody in from here on; those inside stay.
  void Shut(absl::Status why);

  // `journal` must outlive every call.
  void Open(journal::Journal& journal);

  // The journal, for a call that leaves again when it has been answered.
  absl::StatusOr<journal::Journal*> Enter();
  void Leave();

  // Waits until nobody is inside, at most `patience`.
  void WaitUntilEmpty(absl::Duration patience);

 private:
  Mutex mutex_;
  CondVar is_empty_;
  journal::Journal* journal_ ABSL_GUARDED_BY(mutex_) = nullptr;
  absl::Status why_shut_ ABSL_GUARDED_BY(mutex_);
  uint64_t inside_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace daybook::rpc
