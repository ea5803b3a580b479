#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "ledger/note_key.h"

namespace daybook::ledger {

// The events with which a log says that it signs with a further key, or with one no
// more. docs/ledger-format.md fixes what they say.
inline constexpr char kKeyAddedAction[] = "ledger.key_added";
inline constexpr char kKeyRetiredAction[] = "ledger.key_retired";

// What such an event says in public_details.
struct KeyChange {
  VerifierKey key;
  VerifierKey signed_by;  // another, that the log signs with before and after
};

std::string FormatKeyChange(const KeyChange& change);

// Nothing where the text is not exactly what FormatKeyChange gives.
std::optional<KeyChange> ParseKeyChange(absl::string_view public_details);

}  // namespace daybook::ledger
