#pragma once

#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"

#include "core/mutex.h"
#include "journal/answer.h"

namespace daybook::testing {

// Where a use case's answer is waited for. One that is answered twice ends the test.
//
// Thread-compatible.
template <typename Response>
class WaitingAnswer {
 public:
  // What to hand over; once.
  journal::Answer<Response> Take() {
    return [slot = slot_](absl::StatusOr<Response> response) { slot->Put(std::move(response)); };
  }

  bool is_answered() const { return taken_ || slot_->is_filled(); }

  // Waits for it.
  const absl::StatusOr<Response>& Get() const {
    // Whoever answers may let go of the slot last; by then nothing is left in it.
    if (!taken_) taken_.emplace(slot_->Take());
    return *taken_;
  }

 private:
  class Slot {
   public:
    void Put(absl::StatusOr<Response> response) {
      const MutexLock lock(mutex_);
      if (is_filled_) std::abort();
      is_filled_ = true;
      response_.emplace(std::move(response));
      filled_.NotifyAll();
    }

    absl::StatusOr<Response> Take() {
      const MutexLock lock(mutex_);
      while (!is_filled_) filled_.Wait(mutex_);
      absl::StatusOr<Response> response = *std::move(response_);
      response_.reset();
      return response;
    }

    bool is_filled() const {
      const MutexLock lock(mutex_);
      return is_filled_;
    }

   private:
    mutable Mutex mutex_;
    CondVar filled_;
    bool is_filled_ ABSL_GUARDED_BY(mutex_) = false;
    std::optional<absl::StatusOr<Response>> response_ ABSL_GUARDED_BY(mutex_);
  };

  std::shared_ptr<Slot> slot_ = std::make_shared<Slot>();
  mutable std::optional<absl::StatusOr<Response>> taken_;
};

}  // namespace daybook::testing
