#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "core/timestamp.h"

namespace daybook::cli::importer {

// The time that a database of an application holds. INVALID_ARGUMENT where it
// is none, or could be more than one; the message does not repeat it.

// `YYYY-MM-DD HH:MM:SS`, as SQLite's CURRENT_TIMESTAMP writes it in UTC, or ISO
// 8601 with its offset from UTC; either may have a fraction, which is floored
// to microseconds. Times without an offset are read in `zone`; without a zone
// SQLite's form is UTC, and ISO 8601's could be any.
absl::StatusOr<Micros> TimeInText(absl::string_view text,
                                  const std::optional<absl::TimeZone>& zone);

// Seconds or milliseconds since 1970, whichever lies in the years 2000 to 2099.
absl::StatusOr<Micros> TimeInInteger(int64_t number);

}  // namespace daybook::cli::importer
