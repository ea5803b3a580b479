#include "daybook/signed_head.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "daybook/failure.h"
#include "db/sqlite/durable_file.h"

namespace daybook::cli {

absl::StatusOr<std::string> ReadWholeFile(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return absl::NotFoundError(absl::StrCat("there is no file ", path));
  }
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<std::string> bytes, db::sqlite::ReadIfThere(path));
  return std::move(bytes).value_or("");
}

absl::StatusOr<std::vector<ledger::VerifierKey>> ReadVerifierKeys(const std::string& given) {
  absl::StatusOr<std::string> lines = ReadWholeFile(given);
  if (!lines.ok() && !absl::IsNotFound(lines.status())) return lines.status();
  auto keys = ledger::ParseVerifierKeys(lines.ok() ? *lines : given);
  if (!keys.ok()) {
    return UsageError(absl::StrCat("neither a verifier key nor a file with one: ", given, ": ",
                                   keys.status().message()));
  }
  if (keys->empty()) return UsageError(absl::StrCat("no key in ", given));
  return keys;
}

absl::StatusOr<SignedHead> OpenSignedHead(const std::string& note,
                                          std::span<const ledger::VerifierKey> keys) {
  absl::StatusOr<ledger::Checkpoint> checkpoint = ledger::OpenCheckpoint(note, keys);
  if (!checkpoint.ok()) return NotVerifiedError(checkpoint.status().message());
  return SignedHead{.note = note, .checkpoint = *std::move(checkpoint)};
}

absl::StatusOr<std::vector<ledger::Hash>> HashesIn(
    const google::protobuf::RepeatedPtrField<std::string>& proof) {
  std::vector<ledger::Hash> hashes(static_cast<size_t>(proof.size()));
  auto to = hashes.begin();
  for (const std::string& bytes : proof) {
    if (bytes.size() != to->size()) return NotVerifiedError("a proof has a hash of a wrong length");
    std::copy(bytes.begin(), bytes.end(), to->begin());
    ++to;
  }
  return hashes;
}

}  // namespace daybook::cli
