#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "core/clock.h"
#include "core/mutex.h"
#include "daybook/audit/v1/audit_service.pb.h"
#include "journal/head_watch.h"
#include "journal/newest_events.h"
#include "journal/tail_reader.h"
#include "journal/work_pool.h"
#include "storage/event_store.h"
#include "telemetry/metrics.h"

namespace daybook::journal {

// Lets many follow the log. Each gets one message at a time, and the next one only
// when it asks for it: what nobody asks for is not read. All reading is done on
// threads of a pool, in bounded pieces, by few of them at once; one thread watches
// the head and the clock for all.
//
// Thread-safe.
class Follower {
 public:
  struct Options {
    // How long a listener may keep a message before its tail is ended, and from then
    // until it is given up.
    absl::Duration patience = absl::Minutes(1);
    size_t max_runs = 2;  // threads of the pool that work for tails at once
    TailRoom room = {};   // of a message
    // Where the messages that listeners have are larger together, further ones hold
    // a single event.
    size_t max_bytes_under_way = size_t{64} << 20;
  };
  // All must outlive it.
  struct Collaborators {
    storage::EventStore& store;
    NewestEvents& newest;
    HeadWatch& head;
    WorkPool& pool;
    const Clock& clock;
    telemetry::Metrics& metrics;
  };

  // Who follows; called from the pool's threads and the follower's, never while it is
  // in one of these calls already, but for OnGivenUp. None may wait for anything.
  class Listener {
   public:
    virtual ~Listener() = default;
    // The next message comes after Next().
    virtual void OnMessage(audit::v1::TailEventsResponse message) = 0;
    // Nothing more comes; once at most. Besides what the store meets:
    //   NOT_FOUND / PRUNED                  what comes next is dropped
    //   RESOURCE_EXHAUSTED / TAIL_TOO_SLOW  it kept a message for too long
    virtual void OnEnd(const absl::Status& why) = 0;
    // It has not left within the patience after the end.
    virtual void OnGivenUp() = 0;
  };

  // One tail, from Follow() to Leave().
  class Tail;

  Follower(const Collaborators& with, const Options& options);

  // All must have left.
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  // Errors as the contract says. The first message comes after Next(), at once.
  absl::StatusOr<std::shared_ptr<Tail>> Follow(const audit::v1::TailEventsRequest& request,
                                               std::weak_ptr<Listener> listener);

  // The listener can take a message.
  void Next(const std::shared_ptr<Tail>& tail);

  // No further message; the listener is given up unless it leaves before `patience`
  // is over.
  void End(const std::shared_ptr<Tail>& tail, absl::Duration patience);

  // Once, and last.
  void Leave(const std::shared_ptr<Tail>& tail);

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  using TailPtr = std::shared_ptr<Tail>;

  enum class State {
    kListening,  // its listener has a message, or is to ask for the first one
    kReady,      // in ready_near_ or ready_far_
    kWorking,    // on a thread of the pool
    kParked,     // in parked_: waits for the log to grow, or for its next heartbeat
    kEnded,
  };
  // What listeners are told once the lock is free.
  struct Telling {
    std::vector<std::pair<TailPtr, absl::Status>> ended;
    std::vector<TailPtr> given_up;
  };

  // What moves a tail from one state into the next.
  void Proceed(const TailPtr& tail) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasWork(const Tail& tail, SteadyTime now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MakeReady(const TailPtr& tail) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Park(const TailPtr& tail) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Unpark(const TailPtr& tail) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetEnded(const TailPtr& tail, absl::Duration patience) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Arm(const TailPtr& tail, SteadyTime due) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Disarm(const TailPtr& tail) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // On the pool.
  void EnsureRuns() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Run();
  TailPtr TakeReady(TailRoom& room);
  void Step(const TailPtr& tail, const TailRoom& room);
  void Deliver(const TailPtr& tail, std::vector<audit::v1::Event> events);
  void EndWith(const TailPtr& tail, const absl::Status& why);

  // On the follower's thread.
  void Watch();
  std::optional<absl::Duration> LookAround(LogSize size, Telling& telling);
  void WakeParked(LogSize size, SteadyTime now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FireTimers(SteadyTime now, Telling& telling) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WakeThreadBefore(SteadyTime due) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void Tell(const Telling& telling);

  const Collaborators with_;
  const Options options_;
  TailReader reader_;
  telemetry::Gauge open_tails_;
  telemetry::Counter cut_off_;

  std::atomic<bool> ending_ = false;
  HeadWatch::Waiter waiter_;

  Mutex mutex_;
  CondVar run_ended_;
  size_t open_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t bytes_under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  // Those near the end of the log come first, but for every so many one of the others.
  std::deque<TailPtr> ready_near_ ABSL_GUARDED_BY(mutex_);
  std::deque<TailPtr> ready_far_ ABSL_GUARDED_BY(mutex_);
  size_t near_in_a_row_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t runs_ ABSL_GUARDED_BY(mutex_) = 0;
  std::set<std::pair<uint64_t, TailPtr>> parked_ ABSL_GUARDED_BY(mutex_);    // by what comes next
  std::set<std::pair<SteadyTime, TailPtr>> timers_ ABSL_GUARDED_BY(mutex_);  // one a tail at most
  SteadyTime wake_at_ ABSL_GUARDED_BY(mutex_);   // not before: the parked ones
  SteadyTime retry_at_ ABSL_GUARDED_BY(mutex_);  // where the pool was full
  SteadyTime sleeps_until_ ABSL_GUARDED_BY(mutex_);

  std::thread thread_;
};

}  // namespace daybook::journal
