#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "core/clock.h"
#include "core/mutex.h"
#include "event/event_rules.h"
#include "journal/group_commit.h"
#include "storage/event_store.h"
#include "storage/manifest_store.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace daybook::journal {

// Sums up each span of the log once it is complete, on a thread of its own: records
// an event `segment.sealed`, and keeps its count table.
//
// Thread-safe.
class Summarizer {
 public:
  struct Options {
    uint64_t span_events = 1 << 18;           // a power of two
    absl::Duration pause = absl::Seconds(1);  // between two looks at the log
  };
  // All must outlive it.
  struct Collaborators {
    storage::EventStore& store;
    storage::ManifestStore& manifests;
    GroupCommit& commits;
    const event::EventRules& rules;
    const Clock& clock;
    telemetry::Metrics& metrics;
    telemetry::Log& log;
  };

  Summarizer(const Collaborators& collaborators, const Options& options);

  // Ends behind the span that it is at.
  ~Summarizer();
  Summarizer(const Summarizer&) = delete;
  Summarizer& operator=(const Summarizer&) = delete;

 private:
  void Run();
  absl::Status SumUpWhatIsComplete();
  absl::Status SumUp(uint64_t span);
  absl::StatusOr<Seq> Record(uint64_t span, const storage::SpanSummary& summary);
  void Tell(const absl::Status& outcome);

  const Collaborators with_;
  const Options options_;
  telemetry::Gauge waiting_;
  absl::Status told_;  // of the thread: what was logged last

  std::atomic<bool> ending_ = false;
  Mutex mutex_;
  CondVar has_ended_;
  std::thread thread_;
};

}  // namespace daybook::journal
