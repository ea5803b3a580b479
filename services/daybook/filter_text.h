#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace daybook::cli {

// `text` as a filter writes exactly this text, whatever is in it.
std::string TextInFilter(absl::string_view text);

// Likewise, but for `*` at either end, which stands for any text.
std::string PatternInFilter(absl::string_view text);

// The value of --since or --until as a filter writes it: 1h is so long before the
// call, 2026-01-31 the beginning of that day in `zone`; 2026-01-31 09:30 and RFC 3339
// are times. UsageError for anything else.
absl::StatusOr<std::string> TimeInFilter(absl::string_view text, absl::TimeZone zone);

// Such a time; a duration counts back from `now`.
absl::StatusOr<absl::Time> TimeOf(absl::string_view text, absl::TimeZone zone, absl::Time now);

// What holds for all `parts`; those that are empty ask nothing. A part is a filter of
// its own: nothing in it changes what the others mean.
std::string AllOf(const std::vector<std::string>& parts);

// `field = a`, or any of several values, which are written as a filter does.
std::string FieldIsOneOf(absl::string_view field, const std::vector<std::string>& values);

}  // namespace daybook::cli
