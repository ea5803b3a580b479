#include "core/timestamp.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace daybook {
namespace {

constexpr Micros kMicrosPerSecond = 1'000'000;
constexpr int32_t kNanosPerMicro = 1'000;
constexpr int32_t kMaxNanos = 999'999'999;

}  // namespace

absl::StatusOr<Micros> FloorToMicros(const google::protobuf::Timestamp& time) {
  if (time.nanos() < 0 || time.nanos() > kMaxNanos) {
    return absl::OutOfRangeError("nanos must be 0 to 999999999");
  }
  if (time.seconds() < kMinMicros / kMicrosPerSecond ||
      time.seconds() > kMaxMicros / kMicrosPerSecond) {
    return absl::OutOfRangeError("the year must be 1 to 9999");
  }
  return MicrosOf(time);
}

Micros MicrosOf(const google::protobuf::Timestamp& time) {
  return time.seconds() * kMicrosPerSecond + time.nanos() / kNanosPerMicro;
}

Micros FloorToMicros(absl::Time time) {
  return std::clamp<Micros>(absl::ToUnixMicros(time), kMinMicros, kMaxMicros);
}

void SetTimestamp(Micros micros, google::protobuf::Timestamp* time) {
  const Micros within_second = ((micros % kMicrosPerSecond) + kMicrosPerSecond) % kMicrosPerSecond;
  time->set_seconds((micros - within_second) / kMicrosPerSecond);
  time->set_nanos(static_cast<int32_t>(within_second) * kNanosPerMicro);
}

absl::StatusOr<Micros> ParseTime(absl::string_view text) {
  absl::Time time;
  std::string problem;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &problem) ||
      absl::ToUnixMicros(time) < kMinMicros || absl::ToUnixMicros(time) > kMaxMicros) {
    return absl::InvalidArgumentError(
        absl::StrCat("not an RFC 3339 time such as 2026-01-31T09:30:00Z: ", text));
  }
  return FloorToMicros(time);
}

std::string FormatTime(Micros micros) {
  return absl::FormatTime("%E4Y-%m-%d%ET%H:%M:%E6SZ", absl::FromUnixMicros(micros),
                          absl::UTCTimeZone());
}

}  // namespace daybook
