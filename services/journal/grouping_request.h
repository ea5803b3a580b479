#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "daybook/audit/v1/audit_service.pb.h"
#include "storage/event_store.h"

namespace daybook::journal {

// What a request asks to be grouped, and which events: those of its filter within its
// window, which counts from `now` where it has no end.
//
// INVALID_ARGUMENT as the contract says.
absl::StatusOr<storage::TallyRequest> TallyRequestOf(
    const audit::v1::AggregateEventsRequest& request, absl::Time now);

}  // namespace daybook::journal
