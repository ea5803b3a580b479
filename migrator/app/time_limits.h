#pragma once

#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace daybook::migrator::app {

// The part of each day in which migrations may be applied; it may begin on one
// day and end on the next.
//
// Immutable.
class Window {
 public:
  // Parses "02:00-04:00", in that zone. INVALID_ARGUMENT for anything else.
  static absl::StatusOr<Window> Parse(const std::string& text, absl::TimeZone zone);

  // When the window around `now` ends; nothing where `now` is outside.
  std::optional<absl::Time> EndAround(absl::Time now) const;

  const std::string& text() const { return text_; }

 private:
  Window(std::string text, int begin, int end, absl::TimeZone zone)
      : text_(std::move(text)), begin_(begin), end_(end), zone_(zone) {}
  absl::Time At(absl::CivilDay day, int minute) const;

  std::string text_;
  int begin_;  // minutes of the day
  int end_;
  absl::TimeZone zone_;
};

// When a change must be over.
struct TimeLimit {
  absl::Time end = absl::InfiniteFuture();
  std::string set_by = {};  // as messages name it
};

// How apply is held to times.
struct TimeLimits {
  std::optional<Window> window = {};
  TimeLimit deadline = {};

  // The tighter one, for a change that begins now. A Failure of kRefused outside
  // the window.
  absl::StatusOr<TimeLimit> From(absl::Time now) const;
};

}  // namespace daybook::migrator::app
