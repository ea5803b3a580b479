#include "journal/work_pool.h"

#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace daybook::journal {
namespace {

// How long work goes on before it gives way: most questions are answered in less.
constexpr absl::Duration kTurn = absl::Milliseconds(20);

// What the thread at hand does.
struct Turn {
  const WorkPool* pool = nullptr;
  absl::Time end = absl::InfiniteFuture();
};
thread_local Turn this_turn;

}  // namespace

WorkPool::WorkPool(size_t turns, size_t max_waiting, size_t paused_per_turn)
    : turns_(turns), max_waiting_(max_waiting), max_paused_(paused_per_turn * turns) {
  threads_.reserve(turns_ + max_paused_);
  for (size_t i = 0; i < turns_ + max_paused_; ++i) threads_.emplace_back([this] { Run(); });
}

WorkPool::~WorkPool() {
  {
    const MutexLock lock(mutex_);
    ending_ = true;
    for (Idle* const thread : idle_) thread->changed.NotifyOne();
  }
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
    if (!goes_on && idle_.empty()) break;  // the threads are only starting
    paused_are_next_ = !goes_on;
    if (goes_on) {
      Paused& paused = *paused_.front();
      paused_.pop_front();
      paused.goes_on = true;
      paused.changed.NotifyAll();
    } else {
      // Its memory is still in the caches of a processor.
      Idle& thread = *idle_.back();
      idle_.pop_back();
      thread.work = std::move(waiting_.front());
      waiting_.pop_front();
      thread.changed.NotifyOne();
    }
  }
  if (!IsOver()) return;
  for (Idle* const thread : idle_) thread->changed.NotifyOne();
}

void WorkPool::Run() {
  Idle self;
  while (true) {
    {
      const MutexLock lock(mutex_);
      idle_.push_back(&self);
      StartTurns();
      while (self.work == nullptr && !IsOver()) self.changed.Wait(mutex_);
      if (self.work == nullptr) {
        std::erase(idle_, &self);
        return;
      }
    }
    this_turn = {.pool = this, .end = absl::Now() + kTurn};
    std::move(self.work)();
    self.work = nullptr;
    this_turn = {};
    const MutexLock lock(mutex_);
    --taken_;
  }
}

}  // namespace daybook::journal
