#include "migrator/app/time_limits.h"

#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "migrator/migration/failure.h"

namespace daybook::migrator::app {
namespace {

constexpr int kMinutesADay = 24 * 60;

// Minutes of the day of "02:00"; nothing for anything else.
std::optional<int> MinuteOf(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  int hours = 0;
  int minutes = 0;
  const bool is_time = parts.size() == 2 && parts[0].size() == 2 && parts[1].size() == 2 &&
                       absl::SimpleAtoi(parts[0], &hours) && absl::SimpleAtoi(parts[1], &minutes);
  const int minute = 60 * hours + minutes;
  if (!is_time || hours < 0 || minutes < 0 || minutes > 59 || minute > kMinutesADay) {
    return std::nullopt;
  }
  return minute;
}

}  // namespace

absl::StatusOr<Window> Window::Parse(const std::string& text, absl::TimeZone zone) {
  const std::vector<absl::string_view> ends = absl::StrSplit(text, '-');
  if (ends.size() == 2) {
    const auto begin = MinuteOf(ends[0]);
    const auto end = MinuteOf(ends[1]);
    if (begin && end && *begin != *end) return Window(text, *begin, *end, zone);
  }
  return absl::InvalidArgumentError(
      absl::StrCat(text, " is no window: say two times of the day, as in 02:00-04:00"));
}

absl::Time Window::At(absl::CivilDay day, int minute) const {
  return absl::FromCivil(absl::CivilMinute(day) + minute, zone_);
}

std::optional<absl::Time> Window::EndAround(absl::Time now) const {
  const absl::CivilDay today = absl::ToCivilDay(now, zone_);
  // One that ends on the next day may have begun yesterday.
  for (const absl::CivilDay day : {today - 1, today}) {
    const int end = end_ > begin_ ? end_ : end_ + kMinutesADay;
    if (now >= At(day, begin_) && now < At(day, end)) return At(day, end);
  }
  return std::nullopt;
}

absl::StatusOr<TimeLimit> TimeLimits::From(absl::Time now) const {
  if (!window) return deadline;
  const std::optional<absl::Time> end = window->EndAround(now);
  if (!end) {
    return migration::Failure(
        migration::ExitCode::kRefused,
        absl::StrCat("it is not the time: --window is ", window->text(), "; nothing was changed"),
        "run it again within the window");
  }
  if (deadline.end < *end) return deadline;
  return TimeLimit{.end = *end, .set_by = absl::StrCat("the end of --window ", window->text())};
}

}  // namespace daybook::migrator::app
