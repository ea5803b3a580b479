#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "detect/rule.h"

namespace daybook::daybookd {

// The standing rules in the file at `path`. Errors as of detect::ParseRules, and NOT_FOUND
// where there is none.
absl::StatusOr<detect::Rules> ReadRules(const std::string& path);

// Says on standard output how many rules a file has, or on standard error what is wrong
// with it. The exit code.
int CheckRules(const std::string& path);

}  // namespace daybook::daybookd
