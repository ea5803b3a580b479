#pragma once

#include <cstddef>
#include <deque>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"

#include "core/mutex.h"

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

}  // namespace daybook::journal
