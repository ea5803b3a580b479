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

// Threads that do what may block, so that the threads of the front never do.
//
// Thread-safe.
class WorkPool {
 public:
  using Work = absl::AnyInvocable<void() &&>;

  WorkPool(size_t threads, size_t max_waiting);

  // Does what waits, then ends.
  ~WorkPool();
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;

  // False, and `work` untouched, where too much waits already.
  bool TryAdd(Work& work);

 private:
  void Run();

  const size_t max_waiting_;
  Mutex mutex_;
  CondVar has_work_;
  std::deque<Work> waiting_ ABSL_GUARDED_BY(mutex_);
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
