#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

#include "absl/time/time.h"

#include "core/clock.h"

namespace daybook::telemetry {

// Tells how far long work has come: with a bar on a terminal, or with a line of
// JSON a second:
//   {"event":"progress","phase":"recording","done":420,"total":1000,"eta_seconds":12}
// The time left is told once 1 % is done.
//
// Thread-compatible.
class Progress {
 public:
  enum class Style { kSilent, kBar, kJson };

  // `out` and `clock` must outlive it.
  Progress(Style style, std::ostream& out, const Clock& clock)
      : style_(style), out_(out), clock_(clock) {}

  // Another part of the work begins.
  void Begin(const std::string& phase, uint64_t total);

  // So much of it is done; shown where something was not shown for a while.
  void Reach(uint64_t done);

  // Takes the bar away, so that something else may be written.
  void End();

 private:
  // Not by integers: totals may be the greatest there are.
  double Part() const { return static_cast<double>(done_) / static_cast<double>(total_); }
  std::optional<absl::Duration> Left(absl::Time now) const;
  void ShowBar(absl::Time now);
  void ShowJson(absl::Time now);

  const Style style_;
  std::ostream& out_;
  const Clock& clock_;
  std::string phase_;
  uint64_t total_ = 0;
  uint64_t done_ = 0;
  absl::Time begin_;
  absl::Time shown_;
  bool has_bar_ = false;
};

}  // namespace daybook::telemetry
