#pragma once

#include <atomic>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "core/mutex.h"
#include "journal/journal.h"

namespace daybook::rpc {

// Stands between the fronts and the journal: shut until the store is open, and
// then it says why.
//
// Thread-safe.
class Gate {
 public:
  // `why_shut` is what calls are answered with until the gate opens.
  explicit Gate(absl::Status why_shut) : why_shut_(std::move(why_shut)) {}

  void Shut(absl::Status why);

  // Opens it for good. `journal` must outlive every call.
  void Open(journal::Journal& journal) { journal_.store(&journal, std::memory_order_release); }

  absl::StatusOr<journal::Journal*> Enter() const;

 private:
  std::atomic<journal::Journal*> journal_ = nullptr;
  mutable Mutex mutex_;
  absl::Status why_shut_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook::rpc
