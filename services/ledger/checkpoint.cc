#include "ledger/checkpoint.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "core/status_macros.h"
#include "ledger/canonical_text.h"
#include "ledger/note.h"
#include "ledger/salt.h"

namespace daybook::ledger {
namespace {

absl::Status NoCheckpointError(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("this is no checkpoint: ", why));
}

}  // namespace

std::string FreshOrigin() {
  const Salt random = DrawSalt();
  return absl::StrCat("daybook.local/",
                      absl::BytesToHexString(absl::string_view(
                          reinterpret_cast<const char*>(random.data()), random.size() / 2)));
}

std::string FormatCheckpoint(const Checkpoint& checkpoint) {
  std::string text = absl::StrCat(checkpoint.origin, "\n", checkpoint.head.size.value(), "\n",
                                  ToBase64(checkpoint.head.root), "\n");
  for (const std::string& extension : checkpoint.extensions) {
    absl::StrAppend(&text, extension, "\n");
  }
  return text;
}

absl::StatusOr<Checkpoint> ParseCheckpoint(absl::string_view note_text) {
  if (!absl::ConsumeSuffix(&note_text, "\n")) return NoCheckpointError("its last line has no end");
  const std::vector<std::string> lines = absl::StrSplit(note_text, '\n');
  const bool has_empty =
      std::any_of(lines.begin(), lines.end(), [](const std::string& line) { return line.empty(); });
  if (lines.size() < 3 || has_empty) {
    return NoCheckpointError("it has an origin, a size and a root, a line each, and no empty line");
  }
  const std::optional<uint64_t> size = ParseDecimal(lines[1]);
  if (!size) return NoCheckpointError("the second line is no size");
  const std::optional<Hash> root = HashFromBase64(lines[2]);
  if (!root) return NoCheckpointError("the third line is no root");
  return Checkpoint{.origin = lines[0],
                    .head = {.size = LogSize(*size), .root = *root},
                    .extensions = {lines.begin() + 3, lines.end()}};
}

absl::StatusOr<Checkpoint> OpenCheckpoint(absl::string_view note,
                                          std::span<const VerifierKey> keys) {
  DAYBOOK_ASSIGN_OR_RETURN(const Note parsed, ParseNote(note));
  DAYBOOK_ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(parsed.text));
  if (keys.empty()) return checkpoint;
  const absl::StatusOr<std::vector<size_t>> signers = VerifyNote(parsed, keys);
  if (!signers.ok()) return absl::UnauthenticatedError(signers.status().message());
  // A witness signs what it saw, and another log what is its own.
  const bool by_its_log = std::any_of(signers->begin(), signers->end(), [&](size_t place) {
    return keys[place].type() == KeyType::kLog && keys[place].name() == checkpoint.origin;
  });
  if (!by_its_log) return absl::UnauthenticatedError("the log that it names has not signed it");
  return checkpoint;
}

}  // namespace daybook::ledger
