#pragma once

#include <cstddef>
#include <thread>
#include <vector>

#include "absl/status/status.h"

#include "core/mutex.h"
#include "daybook/audit/v1/audit_service.pb.h"
#include "journal/answer.h"
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
  using Receipts = std::vector<audit::v1::Receipt>;

  struct Limits {
    size_t max_waiting_events = 65'536;
    size_t max_waiting_bytes = size_t{64} << 20;
  };

  // `store` and `metrics` must outlive it.
  GroupCommit(storage::EventStore& store, telemetry::Metrics& metrics, Limits limits);

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

 private:
  struct Submission {
    std::vector<storage::NewEvent> events;
    size_t bytes = 0;
    Answer<Receipts> answer;
  };

  bool HasRoomFor(const Submission& submission) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Enqueue(Submission submission) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<Submission> TakeAll();
  void Run();
  void Commit(std::vector<Submission> group);

  storage::EventStore& store_;
  const Limits limits_;
  telemetry::Gauge queue_events_;
  telemetry::Histogram group_events_;
  telemetry::Histogram commit_seconds_;

  Mutex mutex_;
  CondVar has_work_;
  std::vector<Submission> waiting_ ABSL_GUARDED_BY(mutex_);
  size_t waiting_events_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t waiting_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread writer_;
};

}  // namespace daybook::journal
