#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "core/clock.h"
#include "core/mutex.h"
#include "daybook/admin/v1/admin_service.pb.h"
#include "event/event_rules.h"
#include "journal/answer.h"
#include "journal/erasure_request.h"
#include "journal/group_commit.h"
#include "storage/erasure_journal.h"
#include "storage/event_store.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace daybook::journal {

// Erases, one request after the other, on a thread of its own: notes in the
// erasure journal what is planned, declares it in the log, has the store take the
// fields out. What was declared and not completed, before a crash or for an error,
// it completes as soon as it can.
//
// Thread-safe.
class Eraser {
 public:
  // All must outlive it.
  struct Collaborators {
    storage::EventStore& store;
    storage::ErasureJournal& journal;
    GroupCommit& commits;
    const event::EventRules& rules;
    const Clock& clock;
    telemetry::Metrics& metrics;
    telemetry::Log& log;
    // Called when the store has changed: what was read of it before is not to be shown.
    std::function<void()> forget = [] {};
  };

  explicit Eraser(Collaborators collaborators);

  // Ends after the step under way; what waits is answered with UNAVAILABLE.
  ~Eraser();
  Eraser(const Eraser&) = delete;
  Eraser& operator=(const Eraser&) = delete;

  // Errors as the contract says; RESOURCE_EXHAUSTED / QUEUE_FULL where too many
  // requests wait.
  void Erase(const admin::v1::EraseEventsRequest& request,
             Answer<admin::v1::EraseEventsResponse> answer);

  // Waits until nothing declared is left to complete, or an attempt has failed.
  void WaitUntilSettled();

 private:
  using Response = admin::v1::EraseEventsResponse;

  struct Job {
    ErasureRequest request;
    Answer<Response> answer;
  };

  void Run();
  // Waits for one; nothing where it is time to settle, or to end.
  std::vector<Job> NextJob();
  absl::StatusOr<Response> DoErase(const ErasureRequest& request);
  absl::StatusOr<GroupCommit::Receipts> Declare(const storage::PlannedErasure& planned,
                                                const ErasureRequest& request, uint64_t events);
  absl::StatusOr<GroupCommit::Receipts> Submit(const std::vector<storage::NewEvent>& declaration);
  absl::Status Complete(const storage::PlannedErasure& planned);

  // Completes what was declared, forgets what was not.
  absl::Status Settle();
  absl::Status SettleOne(const storage::PlannedErasure& planned);
  void ShowUnfinished();
  void Note(const absl::Status& settled);
  bool IsEnding() const { return ending_; }

  const Collaborators with_;
  telemetry::Gauge unfinished_;
  telemetry::Counter erased_events_;

  // Plans of which only the next start can tell whether they are in the log.
  absl::flat_hash_set<uint64_t> in_doubt_;  // of the thread
  absl::Duration retry_;                    // likewise
  absl::Status told_;                       // likewise

  std::atomic<bool> ending_ = false;
  Mutex mutex_;
  CondVar changed_;
  std::deque<Job> waiting_ ABSL_GUARDED_BY(mutex_);
  absl::Time settle_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();  // next
  uint64_t settlings_ ABSL_GUARDED_BY(mutex_) = 0;

  std::thread thread_;
};

}  // namespace daybook::journal
