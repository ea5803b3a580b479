#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace daybook::cli::importer {

// When to send again what the service did not take: ever slower, and no more
// once it has taken nothing for too long.
//
// Thread-compatible.
class RetrySchedule {
 public:
  explicit RetrySchedule(absl::Duration patience) : patience_(patience) {}

  // How long to wait after `error`; nothing where sending again cannot help, or
  // has not helped for as long as patience lasts.
  std::optional<absl::Duration> DelayAfter(const absl::Status& error, absl::Time now);

  // The service has taken something.
  void Reset();

 private:
  const absl::Duration patience_;
  std::optional<absl::Time> failing_since_;
  absl::Duration delay_ = kFirstDelay;

  static constexpr absl::Duration kFirstDelay = absl::Milliseconds(100);
};

}  // namespace daybook::cli::importer
