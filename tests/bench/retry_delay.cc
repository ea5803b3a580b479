#include "bench/retry_delay.h"

#include <string>

#include "absl/strings/cord.h"

#include "core/errors.h"
#include "google/rpc/error_details.pb.h"

namespace daybook::bench {

std::optional<absl::Duration> RetryDelayIn(const absl::Status& error) {
  const auto payload = error.GetPayload("type.googleapis.com/google.rpc.RetryInfo");
  google::rpc::RetryInfo info;
  if (ReasonIn(error) != ReasonName(Reason::kQueueFull) || !payload ||
      !info.ParseFromString(std::string(*payload))) {
    return std::nullopt;
  }
  return absl::Seconds(info.retry_delay().seconds()) +
         absl::Nanoseconds(info.retry_delay().nanos());
}

}  // namespace daybook::bench
