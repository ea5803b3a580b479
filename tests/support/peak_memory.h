#pragma once

#include <cstdint>
#include <optional>

#include <sys/resource.h>

namespace daybook::testing {

// The most memory that the process has had, in KiB. Nothing under AddressSanitizer,
// which keeps what was freed: a bound can only be tried without it.
inline std::optional<int64_t> PeakMemoryKiB() {
#if defined(__SANITIZE_ADDRESS__)
  return std::nullopt;
#else
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
#endif
}

}  // namespace daybook::testing
