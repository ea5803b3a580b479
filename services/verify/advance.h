#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/status.h"

namespace daybook::verify {

// Told how many events more have been read, or 0 now and then during other work; false
// ends the work with CANCELLED. It may take its time: no file that others write to is
// open meanwhile.
using Advance = std::function<bool(uint64_t events)>;

inline absl::Status Tell(const Advance& advance, uint64_t events) {
  if (!advance || advance(events)) return absl::OkStatus();
  return absl::CancelledError("verifying was cancelled");
}

}  // namespace daybook::verify
