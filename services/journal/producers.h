#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "auth/principal.h"
#include "core/clock.h"
#include "core/mutex.h"
#include "daybook/audit/v1/audit_service.pb.h"
#include "journal/answer.h"
#include "journal/producer_table.h"
#include "journal/work_pool.h"
#include "query/page_token.h"
#include "storage/event_store.h"
#include "storage/snapshot_store.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace daybook::journal {

// Counts what the producers record as it is recorded, and answers who they are. What was
// counted is kept now and then, and at the end: a start goes on from there, on a thread
// of its own, up to the end of the log. Memory is bounded as ProducerTable bounds it.
//
// Thread-safe.
class Producers {
 public:
  struct Options {
    absl::Duration keep_every = absl::Minutes(10);
    uint64_t keep_after = 1'000'000;  // events; whatever comes first
    ProducerTable::Limits limits = {};
  };
  // All must outlive it; the pool only calls.
  struct Collaborators {
    storage::EventStore& store;
    storage::SnapshotStore& snapshots;
    const query::PageTokens& tokens;
    const Clock& clock;
    WorkPool& pool;
    telemetry::Metrics& metrics;
    telemetry::Log& log;
  };

  Producers(const Collaborators& with, const Options& options);

  // Keeps what is counted.
  ~Producers();
  Producers(const Producers&) = delete;
  Producers& operator=(const Producers&) = delete;

  // These are on disk now. Called by the writer, in the order of its appends.
  void Observe(const storage::AppendReceipt& receipt,
               std::span<const storage::NewEvent* const> events);

  // Keeps what is counted, also of events that are about to be dropped. What cannot be
  // kept is told in the log, and tried again later.
  void Keep();

  // Errors as the contract says; RESOURCE_EXHAUSTED / QUEUE_FULL where too many reads
  // wait. `request` is copied.
  void List(const auth::Principal& principal, const audit::v1::ListProducersRequest& request,
            Answer<audit::v1::ListProducersResponse> answer);

 private:
  absl::StatusOr<audit::v1::ListProducersResponse> DoList(
      const auth::Principal& principal, const audit::v1::ListProducersRequest& request);
  absl::StatusOr<bool> AddSome(const std::string& name, size_t limit, absl::Time now,
                               audit::v1::ListProducersResponse& response);

  void Run();
  void Restore();
  absl::StatusOr<query::v1::ProducerCounts> CountsIn(const storage::Snapshot& kept);
  void ShowUsage() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Waits for something to do; false at the end.
  bool WaitForWork();
  absl::Status CatchUp();
  // Of the log, which holds more than `first` events.
  absl::Status CountSome(Seq first);
  absl::Status KeepAt(uint64_t size, const query::v1::ProducerCounts& counts);
  void Tell(const char* event, const absl::Status& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(keep_mutex_);
  bool is_ending() const { return is_ending_; }

  const Collaborators with_;
  const Options options_;
  telemetry::Gauge producers_;
  telemetry::Gauge forgotten_;

  Mutex keep_mutex_;  // held while they are kept; taken before mutex_
  uint64_t saved_size_ ABSL_GUARDED_BY(keep_mutex_) = 0;  // of how many events they are kept
  absl::Status told_ ABSL_GUARDED_BY(keep_mutex_);        // what was logged last

  mutable Mutex mutex_;
  CondVar changed_;
  ProducerTable table_ ABSL_GUARDED_BY(mutex_);
  uint64_t next_ ABSL_GUARDED_BY(mutex_) = 0;        // those below are counted, or dropped
  bool is_behind_ ABSL_GUARDED_BY(mutex_) = true;    // the log holds more
  absl::Status trouble_ ABSL_GUARDED_BY(mutex_);     // why it was not counted, the last time
  uint64_t tried_size_ ABSL_GUARDED_BY(mutex_) = 0;  // when they were to be kept last
  // Set under mutex_; read without it, since a store asks while it holds locks of its own.
  std::atomic<bool> is_ending_ = false;

  std::thread thread_;
};

}  // namespace daybook::journal
