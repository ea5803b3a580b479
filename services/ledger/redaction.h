#pragma once

#include <array>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "ledger/leaf.h"

namespace daybook::ledger {

// What the column `redaction` keeps of an event of which groups were erased: the
// salts of the groups that stay, and the commitments to those that went.
struct Redaction {
  std::array<std::optional<Hash>, kGroups.size()> kept_salts = {};  // of groups, in their order
  Commitments erased;
};

// INVALID_ARGUMENT where it is not written in the one way that the format allows.
absl::StatusOr<Redaction> ParseRedaction(absl::string_view bytes);

}  // namespace daybook::ledger
