#pragma once

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "detect/rule.h"

namespace daybook::detect {

// Whether a rule may have this name.
bool IsRuleName(absl::string_view name);
inline constexpr size_t kMaxRuleNameBytes = 64;

// A rules file: daybook.detection.v1.Rules as text.
//
// INVALID_ARGUMENT where something is wrong with it. The message has a line for each
// problem, the first twenty: FILE:LINE:COLUMN: rule NAME: what is wrong.
absl::StatusOr<Rules> ParseRules(absl::string_view file_name, absl::string_view text);

}  // namespace daybook::detect
