#include "journal/coverage.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/errors.h"

namespace daybook::journal {
namespace {

bool Covers(const Published& newest, LogSize size) {
  return newest != nullptr && size <= newest->head.size;
}

}  // namespace

Published Coverage::newest() const {
  const MutexLock lock(mutex_);
  return newest_;
}

bool Coverage::has_waiters() const {
  const MutexLock lock(mutex_);
  return !waiters_.empty();
}

void Coverage::Publish(Published checkpoint) {
  const MutexLock lock(mutex_);
  newest_ = std::move(checkpoint);
}

bool Coverage::WhenCovered(LogSize size, Answer<Published> answer) {
  Published covering;
  {
    const MutexLock lock(mutex_);
    if (!Covers(newest_, size)) {
      waiters_.push_back(
          {.size = size, .since = std::chrono::steady_clock::now(), .answer = std::move(answer)});
      return false;
    }
    covering = newest_;
  }
  std::move(answer)(std::move(covering));
  return true;
}

void Coverage::AnswerOr(SteadyTime since) {
  std::vector<Waiter> answered;
  Published newest;
  {
    const MutexLock lock(mutex_);
    newest = newest_;
    const auto first = std::partition(waiters_.begin(), waiters_.end(), [&](const Waiter& waiter) {
      return !Covers(newest, waiter.size) && waiter.since > since;
    });
    std::move(first, waiters_.end(), std::back_inserter(answered));
    waiters_.erase(first, waiters_.end());
  }
  for (Waiter& waiter : answered) {
    if (Covers(newest, waiter.size)) {
      std::move(waiter.answer)(newest);
    } else {
      std::move(waiter.answer)(CheckpointPendingError(pending_, retry_delay_));
    }
  }
}

}  // namespace daybook::journal
