#pragma once

#include <list>

#include "absl/time/time.h"

#include "core/ids.h"
#include "core/mutex.h"

namespace daybook::journal {

// How long the log is, for those who wait for it to grow. Whoever appends advances
// it behind each commit; that takes as long as waking those who wait, of whom there
// should be few: one thread that looks after many, not one for each.
//
// Thread-safe.
class HeadWatch {
  struct Seat;

 public:
  explicit HeadWatch(LogSize size) : size_(size) {}
  HeadWatch(const HeadWatch&) = delete;
  HeadWatch& operator=(const HeadWatch&) = delete;

  LogSize size() const;

  // The log holds so many events: they are on disk and can be read. It never
  // shrinks; a smaller size changes nothing.
  void Advance(LogSize size);

  // A thread that waits.
  //
  // Thread-safe.
  class Waiter {
   public:
    // `head` must outlive it.
    explicit Waiter(HeadWatch& head) : head_(head), seat_(head.AddSeat()) {}
    ~Waiter() { head_.Remove(seat_); }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    // Waits until the log holds more than `known` events, Wake() was called since the
    // last wait, or `patience` is over; returns how many it holds. One thread at a
    // time.
    LogSize WaitBeyond(LogSize known, absl::Duration patience) {
      return head_.WaitBeyond(seat_, known, patience);
    }

    // Ends the wait under way, or else the next one at once.
    void Wake() { head_.Wake(seat_); }

   private:
    HeadWatch& head_;
    Seat& seat_;
  };

 private:
  // Of a Waiter; guarded by mutex_.
  struct Seat {
    CondVar changed;
    bool is_waiting = false;
    bool is_woken = false;
    LogSize known{0};  // while it waits
  };

  Seat& AddSeat();
  void Remove(const Seat& seat);
  LogSize WaitBeyond(Seat& seat, LogSize known, absl::Duration patience);
  void Wake(Seat& seat);

  mutable Mutex mutex_;
  LogSize size_ ABSL_GUARDED_BY(mutex_);
  std::list<Seat> seats_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook::journal
