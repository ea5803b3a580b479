#include "journal/heartbeat.h"

#include "core/errors.h"

namespace daybook::journal {
namespace {

constexpr absl::Duration kDefaultHeartbeat = absl::Seconds(10);
constexpr absl::Duration kShortestHeartbeat = absl::Milliseconds(100);
constexpr absl::Duration kLongestHeartbeat = absl::Hours(1);
constexpr int32_t kNanosPerSecond = 1'000'000'000;

}  // namespace

absl::StatusOr<absl::Duration> HeartbeatOf(const audit::v1::TailEventsRequest& request) {
  if (!request.has_heartbeat_interval()) return kDefaultHeartbeat;
  const google::protobuf::Duration& given = request.heartbeat_interval();
  const absl::Duration heartbeat =
      absl::Seconds(given.seconds()) + absl::Nanoseconds(given.nanos());
  const bool is_valid =
      given.seconds() >= 0 && given.nanos() >= 0 && given.nanos() < kNanosPerSecond;
  if (is_valid && heartbeat >= kShortestHeartbeat && heartbeat <= kLongestHeartbeat) {
    return heartbeat;
  }
  return InvalidFieldError({.reason = Reason::kFieldInvalid,
                            .field = "heartbeat_interval",
                            .description = "must be from 100 milliseconds to 1 hour"});
}

}  // namespace daybook::journal
