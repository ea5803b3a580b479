#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "verify/findings.h"
#include "verify/report.h"

namespace daybook::scrub {

// Tells operators how far scrubbing is, and what it found: each finding once, for as long
// as it stays.
//
// Thread-compatible.
class News {
 public:
  // Both must outlive it.
  News(telemetry::Metrics& metrics, telemetry::Log& log);

  // A pass over the events from `begin` up to `size` begins.
  void Begin(uint64_t begin, uint64_t size);
  // It has read so many more.
  void Advance(uint64_t events);
  // It is complete.
  void Tell(const verify::Report& report, absl::Time now);
  // It could not be completed.
  void TellProblem(const absl::Status& problem);

 private:
  void ShowPosition();
  void TellFindings(const verify::Findings& findings);
  void TellFinding(const verify::Finding& finding);
  bool IsKnown(const verify::Finding& finding) const;
  void Clear();

  telemetry::Log& log_;
  telemetry::Gauge last_seq_;
  telemetry::Gauge verified_size_;
  telemetry::Gauge completed_at_;
  telemetry::Counter passes_;
  telemetry::Counter events_;
  telemetry::Gauge findings_;
  telemetry::Counter new_findings_;
  telemetry::Gauge stalled_;

  uint64_t size_ = 0;      // of the log, as the pass sees it
  uint64_t position_ = 0;  // the seq that it comes to next
  verify::Findings known_;
  absl::Status told_;  // what keeps it from running
};

}  // namespace daybook::scrub
