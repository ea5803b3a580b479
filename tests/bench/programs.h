#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace daybook::bench {

// A program in `folder`, or one that PATH finds where that is empty; nothing
// where there is none.
std::optional<std::string> FindProgram(absl::string_view name, const std::string& folder = "");

}  // namespace daybook::bench
