#include "daybook/importer/retry_schedule.h"

#include <algorithm>

#include "core/errors.h"

namespace daybook::cli::importer {
namespace {

constexpr absl::Duration kLongestDelay = absl::Seconds(5);

bool CanHelp(const absl::Status& error) {
  if (absl::IsUnavailable(error) || absl::IsDeadlineExceeded(error)) return true;
  // Without a reason of ours the message itself was too large.
  return absl::IsResourceExhausted(error) && !ReasonIn(error).empty();
}

}  // namespace

std::optional<absl::Duration> RetrySchedule::DelayAfter(const absl::Status& error, absl::Time now) {
  if (!CanHelp(error)) return std::nullopt;
  if (!failing_since_) failing_since_ = now;
  if (now - *failing_since_ >= patience_) return std::nullopt;
  const absl::Duration delay = std::max(delay_, RetryDelayIn(error).value_or(delay_));
  delay_ = std::min(2 * delay_, kLongestDelay);
  return delay;
}

void RetrySchedule::Reset() {
  failing_since_.reset();
  delay_ = kFirstDelay;
}

}  // namespace daybook::cli::importer
