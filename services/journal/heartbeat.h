#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "daybook/audit/v1/audit_service.pb.h"

namespace daybook::journal {

// How long the stream that `request` asks for may be silent. INVALID_ARGUMENT /
// FIELD_INVALID for what is no Duration, or one out of bounds.
absl::StatusOr<absl::Duration> HeartbeatOf(const audit::v1::TailEventsRequest& request);

}  // namespace daybook::journal
