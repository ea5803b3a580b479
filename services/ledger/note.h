#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "ledger/note_key.h"

namespace daybook::ledger {

// A signed note of C2SP: text, and the signatures over it.

inline constexpr size_t kMaxNoteBytes = 1'000'000;
inline constexpr size_t kMaxNoteSignatures = 100;

struct Note {
  std::string text;  // ends with a newline
  std::vector<NoteSignature> signatures;

  friend bool operator==(const Note&, const Note&) = default;
};

// Whether a note can have this text: UTF-8 without control characters, with a
// newline at its end.
bool IsNoteText(absl::string_view text);

// The note as it is written down. `note` has a text that a note can have, and at
// least one signature.
std::string FormatNote(const Note& note);

// The line of one signature in a note, with its newline.
std::string FormatSignature(const NoteSignature& signature);

// INVALID_ARGUMENT where it is no note; one at least is signed by somebody, which
// says nothing yet.
absl::StatusOr<Note> ParseNote(absl::string_view bytes);

// Which of the keys have signed the note, as places in `known`. INVALID_ARGUMENT
// where none has, or where a signature says to be from one of them and is not.
absl::StatusOr<std::vector<size_t>> VerifyNote(const Note& note,
                                               std::span<const VerifierKey> known);

}  // namespace daybook::ledger
