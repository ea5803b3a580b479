#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
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
  // A call that would stay inside for as long as its client likes.
  class Guest {
   public:
    virtual ~Guest() = default;
    // Asks it to come to an end; from any thread, perhaps more than once.
    virtual void OnShut(const absl::Status& why) = 0;
  };

  // `why_shut` is what calls are answered with until the gate opens.
  explicit Gate(absl::Status why_shut) : why_shut_(std::move(why_shut)) {}

  // Lets nobody in from here on. Guests are asked to leave; the others, who
  // have a single answer to wait for, stay.
  void Shut(const absl::Status& why);

  // `journal` must outlive every call.
  void Open(journal::Journal& journal);

  // The journal, for a call that leaves again when it has been answered.
  absl::StatusOr<journal::Journal*> Enter();
  void Leave();

  // For a call inside that wants to hear when the gate shuts; it hears at once
  // where that has happened. Forget it before it leaves.
  void Tell(const std::shared_ptr<Guest>& guest);
  void Forget(const Guest& guest);

  // Waits until nobody is inside, at most `patience`.
  void WaitUntilEmpty(absl::Duration patience);

 private:
  Mutex mutex_;
  CondVar is_empty_;
  journal::Journal* journal_ ABSL_GUARDED_BY(mutex_) = nullptr;
  absl::Status why_shut_ ABSL_GUARDED_BY(mutex_);
  uint64_t inside_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<const Guest*, std::weak_ptr<Guest>> guests_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook::rpc
