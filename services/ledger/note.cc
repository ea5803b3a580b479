#include "ledger/note.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "ledger/canonical_text.h"
#include "schema/utf8.h"

namespace daybook::ledger {
namespace {

constexpr absl::string_view kSignature = "\xE2\x80\x94 ";  // an em dash and a space
constexpr size_t kIdBytes = 4;

absl::Status NoNoteError(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("this is no signed note: ", why));
}

bool HasControlCharacter(absl::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; });
}

std::optional<NoteSignature> ParseSignature(absl::string_view line) {
  if (!absl::ConsumePrefix(&line, kSignature)) return std::nullopt;
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(line, absl::MaxSplits(' ', 1));
  const std::optional<std::string> bytes = FromBase64(parts.second);
  if (!IsKeyName(parts.first) || !bytes || bytes->size() <= kIdBytes) return std::nullopt;
  NoteSignature signature{
      .name = std::string(parts.first), .key_id = 0, .bytes = bytes->substr(kIdBytes)};
  for (size_t i = 0; i < kIdBytes; ++i) {
    signature.key_id = signature.key_id << 8 | static_cast<uint8_t>((*bytes)[i]);
  }
  return signature;
}

}  // namespace

bool IsNoteText(absl::string_view text) {
  return absl::EndsWith(text, "\n") && !HasControlCharacter(text) &&
         schema::CountCharacters(text).has_value();
}

std::string FormatSignature(const NoteSignature& signature) {
  std::string bytes;
  for (size_t i = kIdBytes; i-- > 0;) {
    bytes.push_back(static_cast<char>(signature.key_id >> (8 * i) & 0xFF));
  }
  bytes += signature.bytes;
  return absl::StrCat(kSignature, signature.name, " ", ToBase64(bytes), "\n");
}

std::string FormatNote(const Note& note) {
  std::string bytes = absl::StrCat(note.text, "\n");
  for (const NoteSignature& signature : note.signatures) bytes += FormatSignature(signature);
  return bytes;
}

absl::StatusOr<Note> ParseNote(absl::string_view bytes) {
  if (bytes.size() > kMaxNoteBytes) return NoNoteError("it is longer than 1,000,000 bytes");
  if (!IsNoteText(bytes)) {
    return NoNoteError("it is not UTF-8 without control characters, with a newline at its end");
  }
  const size_t end = bytes.rfind("\n\n");
  if (end == absl::string_view::npos) return NoNoteError("no empty line is before signatures");
  Note note{.text = std::string(bytes.substr(0, end + 1)), .signatures = {}};
  absl::string_view rest = bytes.substr(end + 2);
  if (rest.empty()) return NoNoteError("it has no signature");
  rest.remove_suffix(1);
  for (const absl::string_view line : absl::StrSplit(rest, '\n')) {
    std::optional<NoteSignature> signature = ParseSignature(line);
    if (!signature) return NoNoteError("a line behind the empty one is no signature");
    if (note.signatures.size() == kMaxNoteSignatures) {
      return NoNoteError(absl::StrCat("it has more than ", kMaxNoteSignatures, " signatures"));
    }
    note.signatures.push_back(*std::move(signature));
  }
  return note;
}

absl::StatusOr<std::vector<size_t>> VerifyNote(const Note& note,
                                               std::span<const VerifierKey> known) {
  std::vector<size_t> verified;
  for (size_t i = 0; i < known.size(); ++i) {
    bool has_signed = false;
    for (const NoteSignature& signature : note.signatures) {
      if (!known[i].IsNamedBy(signature)) continue;
      if (!known[i].Verifies(note.text, signature.bytes)) {
        return absl::InvalidArgumentError(
            absl::StrCat("the signature of ", known[i].name(), " is not over this text"));
      }
      has_signed = true;
    }
    if (has_signed) verified.push_back(i);
  }
  if (verified.empty()) return absl::InvalidArgumentError("no key that is known has signed it");
  return verified;
}

}  // namespace daybook::ledger
