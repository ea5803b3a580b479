#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "daybookd/store_parts.h"

namespace daybook::daybookd {

// Lets a log go on that is not what was signed under `origin`: records
// audit.rolled_back with both heads as its next event, forgets what was signed,
// puts the keys aside. The name that it goes on under; `origin` where the log is
// what was signed.
//
// A crash meanwhile leaves a log that is refused as before, and can be accepted
// again.
absl::StatusOr<std::string> AcceptRollback(const std::string& origin, const StoreParts& store);

}  // namespace daybook::daybookd
