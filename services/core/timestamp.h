#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "google/protobuf/timestamp.pb.h"

namespace daybook {

// Times are microseconds since the Unix epoch, in the years 1 to 9999.
using Micros = int64_t;

inline constexpr Micros kMinMicros = -62'135'596'800'000'000;  // 0001-01-01T00:00:00Z
inline constexpr Micros kMaxMicros = 253'402'300'799'999'999;  // 9999-12-31T23:59:59.999999Z

// The microsecond that `time` falls into. OUT_OF_RANGE outside the years 1 to
// 9999 or where its nanos are not 0 to 999,999,999.
absl::StatusOr<Micros> FloorToMicros(const google::protobuf::Timestamp& time);

// For a time that is known to be in range.
Micros MicrosOf(const google::protobuf::Timestamp& time);

Micros FloorToMicros(absl::Time time);

void SetTimestamp(Micros micros, google::protobuf::Timestamp* time);

// RFC 3339. INVALID_ARGUMENT for anything else.
absl::StatusOr<Micros> ParseTime(absl::string_view text);
std::string FormatTime(Micros micros);

}  // namespace daybook
