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
  using Style = telemetry::Progress::Style;

  explicit CommandProgress(bool json) : CommandProgress(StyleFor(json)) {}
  explicit CommandProgress(Style style)
      : progress_(style, style == Style::kJson ? std::cout : std::cerr, clock_) {}

  telemetry::Progress& get() { return progress_; }

  static Style StyleFor(bool json) {
    if (json) return Style::kJson;
    return isatty(STDERR_FILENO) != 0 ? Style::kBar : Style::kSilent;
  }

 private:
  const SystemClock clock_;
  telemetry::Progress progress_;
};

}  // namespace daybook::cli
