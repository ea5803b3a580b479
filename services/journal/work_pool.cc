#include "journal/work_pool.h"

#include <utility>

namespace daybook::journal {

WorkPool::WorkPool(size_t threads, size_t max_waiting) : max_waiting_(max_waiting) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

WorkPool::~WorkPool() {
  {
    const MutexLock lock(mutex_);
    ending_ = true;
  }
  has_work_.NotifyAll();
  for (std::thread& thread : threads_) thread.join();
}

bool WorkPool::TryAdd(Work& work) {
  {
    const MutexLock lock(mutex_);
    if (waiting_.size() >= max_waiting_) return false;
    waiting_.push_back(std::move(work));
  }
  has_work_.NotifyOne();
  return true;
}

void WorkPool::Run() {
  while (true) {
    Work work;
    {
      const MutexLock lock(mutex_);
      while (waiting_.empty() && !ending_) has_work_.Wait(mutex_);
      if (waiting_.empty()) return;
      work = std::move(waiting_.front());
      waiting_.pop_front();
    }
    std::move(work)();
  }
}

}  // namespace daybook::journal
