#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <span>
#include <thread>
#include <variant>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "core/mutex.h"
#include "journal/answer.h"
#include "journal/group_plan.h"
#include "journal/head_watch.h"
#include "journal/receipt.h"
#include "storage/event_store.h"
#include "telemetry/metrics.h"

namespace daybook::journal {

// The one writer of a store. It takes everything that waits and commits it as
// one group: no timer, so an idle log answers at once and a busy one makes big
// groups. Answers go out after the commit, never before.
//
// Thread-safe.
class GroupCommit {
 public:
  using Receipts = std::vector<Receipt>;
  // One outcome for each event, in their order; called as an Answer is.
  using Outcomes = std::vector<absl::StatusOr<Receipt>>;
  using EachAnswer = absl::AnyInvocable<void(Outcomes) &&>;

  struct Limits {
    size_t max_waiting_events = 65'536;
    size_t max_waiting_bytes = size_t{64} << 20;
  };

  // Told of each append by the writer, which waits for it; before the answers.
  using Observer =
      std::function<void(const storage::AppendReceipt&, std::span<const storage::NewEvent* const>)>;

  // `store` and `metrics` must outlive it, and what the observer uses.
  GroupCommit(
      storage::EventStore& store, telemetry::Metrics& metrics, Limits limits,
      Observer observer = [](const auto&, auto) {});

  // Commits what was submitted, answers it, and ends.
  ~GroupCommit();
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  // Hands events over, to be recorded all or none. The answer has one receipt
  // each, or:
  //   RESOURCE_EXHAUSTED / QUEUE_FULL       too much waits; retry after the delay
  //   RESOURCE_EXHAUSTED / STORE_FULL       no space on the disk
  //   ALREADY_EXISTS / REQUEST_ID_REUSED
  //   UNAVAILABLE                           safe to retry with the same request_id
  void Submit(std::vector<storage::NewEvent> events, Answer<Receipts> answer);

  // Likewise for events that stand each for itself. They are never QUEUE_FULL:
  // where too much waits they wait at the door, so whoever calls must bound how
  // much of his is under way. They take at most half of the room, and leave the
  // rest to those who cannot wait. What one thread hands over keeps its order;
  // the answer never comes before the call returns.
  void SubmitEach(std::vector<storage::NewEvent> events, EachAnswer answer);

  // How long the log is: grows before the events that made it grow are answered.
  HeadWatch& head() { return head_; }

 private:
  struct Submission {
    std::vector<storage::NewEvent> events;
    size_t bytes = 0;
    std::variant<Answer<Receipts>, EachAnswer> answer;
  };
  // A submission's parts in the plan of its group, or why a part is not in it:
  // one part for all events, or one for each.
  using Parts = std::vector<absl::StatusOr<size_t>>;

  bool HasRoomFor(const Submission& submission, size_t share) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Enqueue(Submission submission) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LetIn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ShowQueue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<Submission> TakeAll();
  void Run();
  void Commit(std::vector<Submission> group);
  absl::StatusOr<storage::AppendReceipt> Append(std::span<const storage::NewEvent* const> events,
                                                std::chrono::steady_clock::time_point begin);
  static Parts PartsOf(const Submission& submission, GroupPlan& plan);

  storage::EventStore& store_;
  const Limits limits_;
  const Observer observer_;
  HeadWatch head_;
  telemetry::Gauge queue_events_;
  telemetry::Histogram group_events_;
  telemetry::Histogram commit_seconds_;

  Mutex mutex_;
  CondVar has_work_;
  std::vector<Submission> waiting_ ABSL_GUARDED_BY(mutex_);
  size_t waiting_events_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t waiting_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  // Empty where nothing is waiting_.
  std::deque<Submission> at_the_door_ ABSL_GUARDED_BY(mutex_);
  size_t events_at_the_door_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread writer_;
};

}  // namespace daybook::journal
