#include "migrator/app/phase_times.h"

namespace daybook::migrator::app {

void PhaseTimes::SetVersion(int version, bool is_down) {
  End();
  current_.set_version(version);
  current_.set_is_down(is_down);
}

void PhaseTimes::Phase(absl::string_view phase, absl::string_view text) {
  End();
  next_.Phase(phase, text);
  current_.set_name(std::string(phase));
  began_ = clock_.Now();
  is_under_way_ = true;
}

void PhaseTimes::Note(absl::string_view event, absl::string_view text, const Fields& fields) {
  if (event == "warning" || event == "fault" || event == "conflict") findings_.emplace_back(text);
  next_.Note(event, text, fields);
}

void PhaseTimes::End() {
  if (!is_under_way_) return;
  is_under_way_ = false;
  current_.set_duration_us(absl::ToInt64Microseconds(clock_.Now() - began_));
  phases_.push_back(current_);
}

}  // namespace daybook::migrator::app
