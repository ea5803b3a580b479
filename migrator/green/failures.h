#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace daybook::migrator::green {

// That the file of a database cannot change places with another, and why.
absl::Status CannotExchangeError(absl::string_view database, absl::string_view why);

// That somebody else has the database open, and how that is known.
absl::Status InUseError(absl::string_view how);

// `error` as one that says how the program ends; ABORTED (it can be tried anew),
// CANCELLED and what says so already are returned as they are, and OK stays OK.
absl::Status AsFailure(const absl::Status& error);

}  // namespace daybook::migrator::green
