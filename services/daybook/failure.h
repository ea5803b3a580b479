#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "daybook/exit_code.h"

namespace daybook::cli {

// What was checked is not what it says to be: a signature, a hash, a proof.
absl::Status NotVerifiedError(absl::string_view message);
bool IsNotVerified(const absl::Status& error);

// The command line names what cannot be used.
absl::Status UsageError(absl::string_view message);

// `error` with the name of what it is about before its message.
absl::Status About(absl::string_view what, const absl::Status& error);

// Tells what went wrong on stderr.
ExitCode TellFailure(const absl::Status& error);

}  // namespace daybook::cli
