#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace daybook::ledger {

// Entries one after the other, as C2SP tlog-tiles bundles them: each after its
// length in two bytes, the higher one first.

// Adds an entry, of at most 65,535 bytes, to a bundle.
void AppendEntry(absl::string_view entry, std::string& bundle);

// The entries of a bundle; they lie in its bytes. Nothing where it is none.
std::optional<std::vector<absl::string_view>> ParseEntryBundle(absl::string_view bundle);

}  // namespace daybook::ledger
