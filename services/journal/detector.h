#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "core/clock.h"
#include "core/mutex.h"
#include "detect/rule.h"
#include "detect/watches.h"
#include "event/event_rules.h"
#include "journal/group_commit.h"
#include "journal/head_watch.h"
#include "storage/event_store.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace daybook::journal {

// Follows the log and records an event `detection.fired` for each standing rule that
// fires, on a thread of its own: the writer never waits for it. docs/detections.md says
// what it promises.
//
// Thread-safe.
class Detector {
 public:
  struct Options {
    detect::Watch::Limits limits = {};       // of all rules together
    uint64_t max_past = 2'000'000;           // events that new rules read of the past
    absl::Duration tick = absl::Seconds(1);  // between two looks at what is silent
    // How long an event may be on its way to the disk before a silence is told of.
    absl::Duration grace = absl::Seconds(5);
  };
  // All must outlive it.
  struct Collaborators {
    storage::EventStore& store;
    GroupCommit& commits;
    const event::EventRules& rules;
    const Clock& clock;
    telemetry::Metrics& metrics;
    telemetry::Log& log;
  };

  Detector(const Collaborators& collaborators, detect::Rules rules, const Options& options);

  // Ends behind the firings that it is recording. What it did not get to is told of at
  // the next start.
  ~Detector();
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;

  // From here on for these rules. Those that count the same as before go on; the others
  // learn from the past first.
  void SetRules(detect::Rules rules);

 private:
  using Firings = std::vector<detect::Firing>;
  using EachPage = absl::FunctionRef<absl::Status(const std::vector<audit::v1::Event>&)>;
  // What is counted of a rule.
  struct Series {
    telemetry::Counter fired;
    telemetry::Gauge keys;
    telemetry::Counter evicted;
    uint64_t evicted_before = 0;
  };

  void Run();
  absl::Status Work();
  void TakeRules();
  absl::Status Learn(const detect::Watches::Past& past);
  absl::Status Recall(Micros since);
  absl::Status Follow(LogSize size);
  absl::StatusOr<Seq> FirstSince(Micros time, uint64_t end);
  absl::StatusOr<Seq> FirstToLearn(Micros since);
  absl::Status ReadPages(storage::ScanRequest scan, Seq from, EachPage take);
  absl::Status RecordAll(Firings firings);
  absl::StatusOr<Firings> TryRecord(Firings firings);
  void Note(const detect::Firing& firing, const Receipt& receipt);
  void ShowUsage();
  void Tell(const absl::Status& outcome);

  const Collaborators with_;
  const Options options_;
  telemetry::Gauge rules_;
  telemetry::Gauge lag_;
  telemetry::Counter cut_pasts_;
  telemetry::Counter retries_;

  // Of the thread.
  detect::Watches watches_;
  std::map<std::string, Series> series_;
  uint64_t next_ = 0;  // the first event that was not observed
  absl::Status told_;  // what was logged last

  std::atomic<bool> ending_ = false;
  Mutex mutex_;
  std::optional<detect::Rules> new_rules_ ABSL_GUARDED_BY(mutex_);
  HeadWatch::Waiter waiter_;
  std::thread thread_;
};

}  // namespace daybook::journal
