#include "journal/work_pool.h"

#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace daybook::journal {
namespace {

// How long work goes on before it gives way: most questions are answered in less.
constexpr absl::Duration kTurn = absl::Milliseconds(20);

// So many may have given way for each that works; one more goes on.
constexpr size_t kPausedPerTurn = 16;

// What the thread at hand does.
struct Turn {
  const WorkPool* pool = nullptr;
  absl::Time end = absl::InfiniteFuture();
};
thread_local Turn this_turn;

}  // namespace

WorkPool::WorkPool(size_t turns, size_t max_waiting)
    : turns_(turns), max_waiting_(max_waiting), max_paused_(kPausedPerTurn * turns) {
  threads_.reserve(turns_ + max_paused_);
  for (size_t i = 0; i < turns_ + max_paused_; ++i) threads_.emplace_back([this] { Run(); });
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
  const MutexLock lock(mutex_);
  if (waiting_.size() >= max_waiting_) return false;
  waiting_.push_back(std::move(work));
  StartTurns();
  return true;
}

void WorkPool::GiveWay() {
  if (this_turn.pool != this || absl::Now() < this_turn.end) return;
  const MutexLock lock(mutex_);
  if (IsAnythingWaiting() && paused_.size() < max_paused_) {
    Paused paused;
    paused_.push_back(&paused);
    --taken_;
    StartTurns();
    while (!paused.goes_on) paused.changed.Wait(mutex_);
  }
  this_turn.end = absl::Now() + kTurn;
}

// What is new and what gave way take turns, each in the order in which it waits: however much
// gave way, what is new waits for little of it, and what gave way comes to its end.
void WorkPool::StartTurns() {
  for (; taken_ < turns_ && IsAnythingWaiting(); ++taken_) {
    const bool goes_on = waiting_.empty() || (paused_are_next_ && !paused_.empty());
    paused_are_next_ = !goes_on;
    if (goes_on) {
      Paused& paused = *paused_.front();
      paused_.pop_front();
      paused.goes_on = true;
      paused.changed.NotifyAll();
    } else {
      begins_.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
      has_work_.NotifyOne();
    }
  }
}

void WorkPool::Run() {
  while (true) {
    Work work;
    {
      const MutexLock lock(mutex_);
      while (begins_.empty() && !(ending_ && !IsAnythingWaiting())) has_work_.Wait(mutex_);
      if (begins_.empty()) return;
      work = std::move(begins_.front());
      begins_.pop_front();
    }
    this_turn = {.pool = this, .end = absl::Now() + kTurn};
    std::move(work)();
    this_turn = {};
    const MutexLock lock(mutex_);
    --taken_;
    StartTurns();
    if (ending_ && !IsAnythingWaiting()) has_work_.NotifyAll();
  }
}

}  // namespace daybook::journal
