#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace daybook::bench {

// How long a QUEUE_FULL answer asks to wait; nothing for any other error.
std::optional<absl::Duration> RetryDelayIn(const absl::Status& error);

}  // namespace daybook::bench
