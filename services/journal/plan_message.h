#pragma once

#include "absl/time/time.h"

#include "daybook/audit/v1/audit_service.pb.h"
#include "storage/event_store.h"

namespace daybook::journal {

// What is told of how a page was found.
audit::v1::QueryPlan PlanOf(const storage::ScanResult& result, absl::Duration time_taken);

}  // namespace daybook::journal
