#pragma once

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace daybook::query {

// How long a filter's ago() goes back, as people write it: 90s, 15m, 1h30m, 7d, 2w.
// Nothing for any other text, and for more than 100 years.
std::optional<absl::Duration> ParseDuration(absl::string_view text);

}  // namespace daybook::query
