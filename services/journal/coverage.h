#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "core/ids.h"
#include "core/mutex.h"
#include "journal/answer.h"
#include "ledger/proof.h"

namespace daybook::journal {

// A signed tree head that is on disk, and so may be shown.
struct PublishedCheckpoint {
  ledger::TreeHead head;
  std::string note;
};

using Published = std::shared_ptr<const PublishedCheckpoint>;

// How far the checkpoints of one kind reach, and who waits for them to reach further.
//
// Thread-safe.
class Coverage {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  // Those who wait in vain are told to ask again after `retry_delay`, with `pending`
  // to say why.
  Coverage(const char* pending, absl::Duration retry_delay)
      : pending_(pending), retry_delay_(retry_delay) {}

  // The newest; nullptr before the first.
  Published newest() const;

  bool has_waiters() const;

  // `checkpoint` is the newest from here on. Who waits for it is answered with
  // AnswerCovered.
  void Publish(Published checkpoint);

  // Answers at once, and returns true, where the first `size` events are covered.
  // Otherwise keeps `answer`.
  //
  // UNAVAILABLE / CHECKPOINT_PENDING  it was given up
  bool WhenCovered(LogSize size, Answer<Published> answer);

  // Answers those whose events are covered.
  void AnswerCovered() { AnswerOr(SteadyTime::min()); }
  // Likewise, and gives up on those who wait since `since` or longer.
  void AnswerOr(SteadyTime since);

 private:
  struct Waiter {
    LogSize size;
    SteadyTime since;
    Answer<Published> answer;
  };

  const char* const pending_;
  const absl::Duration retry_delay_;

  mutable Mutex mutex_;
  Published newest_ ABSL_GUARDED_BY(mutex_);
  std::vector<Waiter> waiters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook::journal
