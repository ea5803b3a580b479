#pragma once

#include <unistd.h>

#include <iostream>

#include "core/clock.h"
#include "telemetry/progress.h"

namespace daybook::cli {

// Shows how far a command is: lines on stdout for programs, a bar on stderr for
// people who look.
//
// Thread-compatible.
class CommandProgress {
 public:
  explicit CommandProgress(bool json)
      : progress_(StyleFor(json), json ? std::cout : std::cerr, clock_) {}

  telemetry::Progress& get() { return progress_; }

 private:
  static telemetry::Progress::Style StyleFor(bool json) {
    using Style = telemetry::Progress::Style;
    if (json) return Style::kJson;
    return isatty(STDERR_FILENO) != 0 ? Style::kBar : Style::kSilent;
  }

  const SystemClock clock_;
  telemetry::Progress progress_;
};

}  // namespace daybook::cli
