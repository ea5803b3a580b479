#include "journal/follower.h"

#include <algorithm>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "journal/heartbeat.h"
#include "query/filter.h"

namespace daybook::journal {

using ::daybook::audit::v1::Event;
using ::daybook::audit::v1::TailEventsRequest;
using ::daybook::audit::v1::TailEventsResponse;
using std::chrono::steady_clock;

namespace {

// For so long a thread of the pool works for tails before it is the turn of others.
constexpr auto kSlice = std::chrono::milliseconds(5);

// The parked ones are woken the less often the more they are: they must not keep the
// machine busy with every single event. One that is further behind does not wait.
constexpr auto kPausePerTail = std::chrono::microseconds(10);
constexpr uint64_t kWorthAPause = 256;

constexpr auto kRetryPause = std::chrono::milliseconds(20);

// So many that are near the end of the log have their turn for one that is not.
constexpr size_t kNearInARow = 64;

constexpr steady_clock::time_point kNever = steady_clock::time_point::max();

absl::Status TooSlowError(uint64_t next, absl::Duration patience) {
  return TailTooSlowError(
      absl::StrCat("nothing was taken from the stream for ", absl::FormatDuration(patience),
                   "; open it again with start_seq ", next),
      next);
}

}  // namespace

class Follower::Tail {
 public:
  std::weak_ptr<Listener> listener;
  std::chrono::nanoseconds heartbeat{0};
  std::atomic<bool> is_over = false;  // what is read for it is read in vain

  // Of whoever works for it, and else guarded by mutex_.
  TailPlace place;

  // Guarded by mutex_.
  State state = State::kListening;
  SteadyTime heartbeat_at;     // the first message is due at once
  SteadyTime timer = kNever;   // as in timers_
  uint64_t parked_at = 0;      // as in parked_
  size_t bytes_under_way = 0;  // of what its listener has
};

Follower::Follower(const Collaborators& with, const Options& options)
    : with_(with),
      options_(options),
      reader_(with.store, with.newest),
      open_tails_(with.metrics.AddGauge("daybook_journal_tails", "Streams that follow the log.")),
      cut_off_(with.metrics.AddCounter(
          "daybook_journal_tails_cut_off_total",
          "Streams that were ended because their clients took nothing for too long.")),
      waiter_(with.head),
      thread_([this] { Watch(); }) {}

Follower::~Follower() {
  ending_ = true;
  waiter_.Wake();
  thread_.join();
  const MutexLock lock(mutex_);
  while (runs_ > 0) run_ended_.Wait(mutex_);
}

absl::StatusOr<std::shared_ptr<Follower::Tail>> Follower::Follow(const TailEventsRequest& request,
                                                                 std::weak_ptr<Listener> listener) {
  auto tail = std::make_shared<Tail>();
  DAYBOOK_ASSIGN_OR_RETURN(tail->place.filter,
                           query::Filter::Parse(request.filter(), with_.clock.Now()));
  DAYBOOK_ASSIGN_OR_RETURN(const absl::Duration heartbeat, HeartbeatOf(request));
  tail->heartbeat = absl::ToChronoNanoseconds(heartbeat);
  tail->place.next = request.has_start_seq() ? request.start_seq() : with_.store.Size().value();
  const Seq begin = with_.store.Begin();
  if (tail->place.next < begin.value()) {
    return storage::PrunedError(Seq(tail->place.next), begin);
  }
  tail->listener = std::move(listener);
  const MutexLock lock(mutex_);
  open_tails_.Set(static_cast<double>(++open_));
  if (open_ == 1) waiter_.Wake();  // it did not wait for the log
  return tail;
}

void Follower::Next(const TailPtr& tail) {
  const MutexLock lock(mutex_);
  if (tail->state != State::kListening) return;
  bytes_under_way_ -= std::exchange(tail->bytes_under_way, 0);
  Disarm(tail);
  Proceed(tail);
}

void Follower::End(const TailPtr& tail, absl::Duration patience) {
  const MutexLock lock(mutex_);
  SetEnded(tail, patience);
}

void Follower::Leave(const TailPtr& tail) {
  const MutexLock lock(mutex_);
  SetEnded(tail, absl::ZeroDuration());
  Disarm(tail);
  bytes_under_way_ -= std::exchange(tail->bytes_under_way, 0);
  open_tails_.Set(static_cast<double>(--open_));
}

void Follower::Proceed(const TailPtr& tail) {
  if (HasWork(*tail, steady_clock::now())) {
    MakeReady(tail);
  } else {
    Park(tail);
  }
}

bool Follower::HasWork(const Tail& tail, SteadyTime now) {
  if (tail.heartbeat_at <= now) return true;
  const uint64_t size = with_.head.size().value();
  if (tail.place.next >= size) return false;
  if (now >= wake_at_ || size - tail.place.next >= kWorthAPause) return true;
  WakeThreadBefore(wake_at_);  // which wakes the tail
  return false;
}

void Follower::MakeReady(const TailPtr& tail) {
  tail->state = State::kReady;
  const bool is_near = TailReader::IsNear(tail->place.next, with_.head.size());
  (is_near ? ready_near_ : ready_far_).push_back(tail);
  EnsureRuns();
}

void Follower::Park(const TailPtr& tail) {
  tail->state = State::kParked;
  tail->parked_at = tail->place.next;
  parked_.emplace(tail->parked_at, tail);
  Arm(tail, tail->heartbeat_at);
}

void Follower::Unpark(const TailPtr& tail) {
  parked_.erase({tail->parked_at, tail});
  Disarm(tail);
}

void Follower::SetEnded(const TailPtr& tail, absl::Duration patience) {
  if (tail->state == State::kParked) Unpark(tail);
  tail->state = State::kEnded;
  tail->is_over = true;
  Arm(tail, steady_clock::now() + absl::ToChronoNanoseconds(patience));
}

void Follower::Arm(const TailPtr& tail, SteadyTime due) {
  Disarm(tail);
  tail->timer = due;
  timers_.emplace(due, tail);
  WakeThreadBefore(due);
}

void Follower::Disarm(const TailPtr& tail) {
  if (tail->timer == kNever) return;
  timers_.erase({tail->timer, tail});
  tail->timer = kNever;
}

void Follower::WakeThreadBefore(SteadyTime due) {
  if (due >= sleeps_until_) return;
  sleeps_until_ = due;
  waiter_.Wake();
}

void Follower::EnsureRuns() {
  while (!ending_ && runs_ < std::min(options_.max_runs, ready_near_.size() + ready_far_.size())) {
    WorkPool::Work work = [this] { Run(); };
    if (!with_.pool.TryAdd(work)) {
      retry_at_ = steady_clock::now() + kRetryPause;
      return WakeThreadBefore(retry_at_);
    }
    ++runs_;
  }
}

// A slice at a time: behind it others that wait for the pool have their turn.
void Follower::Run() {
  const SteadyTime end = steady_clock::now() + kSlice;
  TailRoom room = options_.room;
  while (!ending_ && steady_clock::now() < end) {
    const TailPtr tail = TakeReady(room);
    if (tail == nullptr) break;
    Step(tail, room);
  }
  const MutexLock lock(mutex_);
  --runs_;
  EnsureRuns();
  run_ended_.NotifyAll();
}

Follower::TailPtr Follower::TakeReady(TailRoom& room) {
  const MutexLock lock(mutex_);
  while (!ready_near_.empty() || !ready_far_.empty()) {
    const bool is_far =
        ready_near_.empty() || (!ready_far_.empty() && near_in_a_row_ >= kNearInARow);
    near_in_a_row_ = is_far ? 0 : near_in_a_row_ + 1;
    std::deque<TailPtr>& ready = is_far ? ready_far_ : ready_near_;
    TailPtr tail = std::move(ready.front());
    ready.pop_front();
    if (tail->state != State::kReady) continue;  // it has left meanwhile
    tail->state = State::kWorking;
    room.events = bytes_under_way_ < options_.max_bytes_under_way ? options_.room.events : 1;
    return tail;
  }
  return nullptr;
}

void Follower::Step(const TailPtr& tail, const TailRoom& room) {
  absl::StatusOr<std::vector<Event>> events =
      reader_.ReadOn(tail->place, room, [&] { return tail->is_over || ending_; });
  if (!events.ok()) return EndWith(tail, events.status());
  if (!events->empty()) return Deliver(tail, *std::move(events));
  {
    const MutexLock lock(mutex_);
    if (tail->state != State::kWorking) return;
    if (steady_clock::now() < tail->heartbeat_at) return Proceed(tail);
  }
  Deliver(tail, {});
}

void Follower::Deliver(const TailPtr& tail, std::vector<Event> events) {
  TailEventsResponse message;
  for (Event& event : events) *message.add_events() = std::move(event);
  message.set_next_seq(tail->place.next);
  message.set_head_size(with_.store.Size().value());
  {
    const MutexLock lock(mutex_);
    if (tail->state != State::kWorking) return;
    tail->state = State::kListening;
    tail->bytes_under_way = message.ByteSizeLong();
    bytes_under_way_ += tail->bytes_under_way;
    const SteadyTime now = steady_clock::now();
    tail->heartbeat_at = now + tail->heartbeat;
    Arm(tail, now + absl::ToChronoNanoseconds(options_.patience));
  }
  if (const auto listener = tail->listener.lock()) listener->OnMessage(std::move(message));
}

void Follower::EndWith(const TailPtr& tail, const absl::Status& why) {
  {
    const MutexLock lock(mutex_);
    if (tail->state != State::kWorking) return;
    SetEnded(tail, options_.patience);
  }
  if (const auto listener = tail->listener.lock()) listener->OnEnd(why);
}

void Follower::Watch() {
  LogSize size = with_.head.size();
  while (!ending_) {
    Telling telling;
    const std::optional<absl::Duration> patience = LookAround(size, telling);
    Tell(telling);
    // Where nobody follows, nobody need know.
    size = patience ? waiter_.WaitBeyond(size, *patience)
                    : waiter_.WaitBeyond(LogSize(std::numeric_limits<uint64_t>::max()),
                                         absl::InfiniteDuration());
  }
}

// How long there is nothing to do unless the log grows; nothing where nobody follows.
std::optional<absl::Duration> Follower::LookAround(LogSize size, Telling& telling) {
  const MutexLock lock(mutex_);
  const SteadyTime now = steady_clock::now();
  FireTimers(now, telling);
  if (now >= wake_at_) WakeParked(size, now);
  EnsureRuns();
  if (open_ == 0) {
    sleeps_until_ = kNever;
    return std::nullopt;
  }
  SteadyTime next = timers_.empty() ? now + std::chrono::hours(1) : timers_.begin()->first;
  if (!parked_.empty() && parked_.begin()->first < size.value()) next = std::min(next, wake_at_);
  if (retry_at_ > now) next = std::min(next, retry_at_);
  sleeps_until_ = next;
  return absl::FromChrono(next - now);
}

void Follower::WakeParked(LogSize size, SteadyTime now) {
  size_t woken = 0;
  while (!parked_.empty() && parked_.begin()->first < size.value()) {
    const TailPtr tail = parked_.begin()->second;
    Unpark(tail);
    MakeReady(tail);
    ++woken;
  }
  if (woken > 0) wake_at_ = now + static_cast<int64_t>(woken) * kPausePerTail;
}

void Follower::FireTimers(SteadyTime now, Telling& telling) {
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const TailPtr tail = timers_.begin()->second;
    Disarm(tail);
    if (tail->state == State::kParked) {
      Unpark(tail);
      MakeReady(tail);
    } else if (tail->state == State::kListening) {
      cut_off_.Add();
      SetEnded(tail, options_.patience);
      telling.ended.emplace_back(tail, TooSlowError(tail->place.next, options_.patience));
    } else if (tail->state == State::kEnded) {
      telling.given_up.push_back(tail);
    }
  }
}

void Follower::Tell(const Telling& telling) {
  for (const auto& [tail, why] : telling.ended) {
    if (const auto listener = tail->listener.lock()) listener->OnEnd(why);
  }
  for (const TailPtr& tail : telling.given_up) {
    if (const auto listener = tail->listener.lock()) listener->OnGivenUp();
  }
}

}  // namespace daybook::journal
