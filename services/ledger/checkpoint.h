#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "ledger/note_key.h"
#include "ledger/proof.h"

namespace daybook::ledger {

// What a log says of itself in the text of a signed note, as C2SP tlog-checkpoint
// has it.
struct Checkpoint {
  std::string origin;  // of one line
  TreeHead head;
  std::vector<std::string> extensions = {};  // each of one line

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// A name for a log that nobody gave one: no other's by chance.
std::string FreshOrigin();

std::string FormatCheckpoint(const Checkpoint& checkpoint);

// INVALID_ARGUMENT where the text of a note is no checkpoint.
absl::StatusOr<Checkpoint> ParseCheckpoint(absl::string_view note_text);

// The checkpoint in a signed note. Where there are keys, one of them must be that of
// the log that it names, and have signed it: else UNAUTHENTICATED. Without keys
// nobody's signature is looked at. INVALID_ARGUMENT where it is no checkpoint.
absl::StatusOr<Checkpoint> OpenCheckpoint(absl::string_view note,
                                          std::span<const VerifierKey> keys);

}  // namespace daybook::ledger
