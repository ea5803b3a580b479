#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"

#include "core/mutex.h"
#include "daybook/audit/v1/audit_service.pb.h"
#include "journal/follower.h"

namespace daybook::testing {

// Follows the log for a test, which takes messages when it likes. One that is given
// two messages at once, or anything behind the end, remembers that.
//
// Thread-safe.
class WaitingListener final : public journal::Follower::Listener {
 public:
  using Message = audit::v1::TailEventsResponse;

  void OnMessage(Message message) override {
    const MutexLock lock(mutex_);
    if (message_ || end_) was_wronged_ = true;
    message_ = std::move(message);
    changed_.NotifyAll();
  }
  void OnEnd(const absl::Status& why) override {
    const MutexLock lock(mutex_);
    if (end_) was_wronged_ = true;
    end_ = why;
    changed_.NotifyAll();
  }
  void OnGivenUp() override {
    const MutexLock lock(mutex_);
    is_given_up_ = true;
    changed_.NotifyAll();
  }

  // Waits for a message, and takes it.
  Message Take() {
    const MutexLock lock(mutex_);
    while (!message_) changed_.Wait(mutex_);
    return *std::exchange(message_, std::nullopt);
  }
  // Waits until one is there, and leaves it.
  void WaitForMessage() {
    const MutexLock lock(mutex_);
    while (!message_) changed_.Wait(mutex_);
  }
  absl::Status WaitForEnd() {
    const MutexLock lock(mutex_);
    while (!end_) changed_.Wait(mutex_);
    return *end_;
  }
  void WaitUntilGivenUp() {
    const MutexLock lock(mutex_);
    while (!is_given_up_) changed_.Wait(mutex_);
  }
  bool was_wronged() const {
    const MutexLock lock(mutex_);
    return was_wronged_;
  }

 private:
  mutable Mutex mutex_;
  CondVar changed_;
  std::optional<Message> message_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  bool is_given_up_ ABSL_GUARDED_BY(mutex_) = false;
  bool was_wronged_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace daybook::testing
