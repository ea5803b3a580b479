#include "journal/head_watch.h"

#include <algorithm>

#include "absl/time/clock.h"

namespace daybook::journal {

LogSize HeadWatch::size() const {
  const MutexLock lock(mutex_);
  return size_;
}

void HeadWatch::Advance(LogSize size) {
  const MutexLock lock(mutex_);
  size_ = std::max(size_, size);
  for (Seat& seat : seats_) {
    // One that is busy, or waits for more, is not worth a wake.
    if (seat.is_waiting && seat.known < size_) seat.changed.NotifyOne();
  }
}

HeadWatch::Seat& HeadWatch::AddSeat() {
  const MutexLock lock(mutex_);
  return seats_.emplace_back();
}

void HeadWatch::Remove(const Seat& seat) {
  const MutexLock lock(mutex_);
  seats_.remove_if([&seat](const Seat& other) { return &other == &seat; });
}

LogSize HeadWatch::WaitBeyond(Seat& seat, LogSize known, absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  const MutexLock lock(mutex_);
  seat.known = known;
  seat.is_waiting = true;
  while (size_ <= known && !seat.is_woken) {
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) break;
    seat.changed.WaitFor(mutex_, left);
  }
  seat.is_waiting = false;
  seat.is_woken = false;
  return size_;
}

void HeadWatch::Wake(Seat& seat) {
  const MutexLock lock(mutex_);
  seat.is_woken = true;
  if (seat.is_waiting) seat.changed.NotifyOne();
}

}  // namespace daybook::journal
