#pragma once

#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "daybook/audit/v1/audit_service.pb.h"
#include "daybook/connection.h"

namespace daybook::cli {

// What becomes of a page. False ends the reading there.
using TakePage = std::function<absl::StatusOr<bool>(const audit::v1::QueryEventsResponse& page)>;

// Reads `request`, and goes on page after page, also where a call has examined as many
// events as it may. `take` may change the page_size of what comes next in `request`.
absl::Status ReadEventPages(Connection& connection, audit::v1::QueryEventsRequest& request,
                            const TakePage& take);

}  // namespace daybook::cli
