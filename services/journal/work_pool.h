#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"

#include "core/errors.h"
#include "core/mutex.h"
#include "journal/answer.h"

namespace daybook::journal {

// Threads that do what may block, so that the threads of the front never do. Work that takes
// long lets other work go first now and then, so that a few large questions do not keep small
// ones waiting.
//
// Thread-safe.
class WorkPool {
 public:
  using Work = absl::AnyInvocable<void() &&>;

  // So many may have given way for each that works; one more goes on.
  static constexpr size_t kPausedPerTurn = 16;

  // At most `turns` work at once. What never gives way needs no `paused_per_turn`, which is as
  // many threads.
  WorkPool(size_t turns, size_t max_waiting, size_t paused_per_turn = kPausedPerTurn);

  // Does what waits, then ends.
  ~WorkPool();
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;

  // False, and `work` untouched, where too much waits already.
  bool TryAdd(Work& work);

  // Called by work, while it holds nothing that others wait for: where it has worked for a
  // while, and something waits, that comes first. Does nothing on other threads.
  void GiveWay();

 private:
  // Work that gives way.
  struct Paused {
    CondVar changed;
    bool goes_on = false;
  };

  // A thread that waits for a turn's work.
  struct Idle {
    CondVar changed;
    Work work = nullptr;
  };

  void Run();
  bool IsAnythingWaiting() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !waiting_.empty() || !paused_.empty();
  }
  // Nothing more will be done.
  bool IsOver() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return ending_ && !IsAnythingWaiting();
  }
  void StartTurns() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t turns_;
  const size_t max_waiting_;
  const size_t max_paused_;
  Mutex mutex_;
  std::deque<Work> waiting_ ABSL_GUARDED_BY(mutex_);    // for its first turn
  std::deque<Paused*> paused_ ABSL_GUARDED_BY(mutex_);  // for another one
  bool paused_are_next_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Idle*> idle_ ABSL_GUARDED_BY(mutex_);  // the one that worked last at the end
  size_t taken_ ABSL_GUARDED_BY(mutex_) = 0;         // turns
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

// Runs `read` on the pool and answers with what it returns; RESOURCE_EXHAUSTED /
// QUEUE_FULL where too much waits.
template <typename Response, typename Read>
void RunOn(WorkPool& pool, Read read, Answer<Response> answer) {
  // Shared, so that the answer is still there where the pool does not take it.
  auto shared = std::make_shared<Answer<Response>>(std::move(answer));
  WorkPool::Work work = [read = std::move(read), shared]() mutable { std::move (*shared)(read()); };
  if (pool.TryAdd(work)) return;
  std::move (*shared)(QueueFullError("too many reads wait; retry a little later", kRetryDelay));
}

}  // namespace daybook::journal
