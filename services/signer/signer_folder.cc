#include "signer/signer_folder.h"

#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"

namespace daybook::signer {
namespace {

absl::Status NoKeyError(const std::string& path, const absl::Status& why) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, Reason::kSigningRefused,
                         absl::StrCat(path, ": ", why.message()));
}

// Nothing where there is no such file.
absl::StatusOr<std::optional<std::string>> ReadFile(const std::string& path) {
  absl::StatusOr<std::optional<std::string>> bytes = db::sqlite::ReadIfThere(path);
  if (bytes.ok()) return bytes;
  return NoKeyError(path, bytes.status());
}

absl::StatusOr<std::optional<ledger::SigningKey>> ReadKeyIn(const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> text, ReadFile(path));
  if (!text) return std::nullopt;
  absl::StatusOr<ledger::SigningKey> key =
      ledger::SigningKey::Parse(absl::StripAsciiWhitespace(*text));
  if (!key.ok()) return NoKeyError(path, key.status());
  return *std::move(key);
}

absl::Status WriteKeyTo(const std::string& path, const ledger::SigningKey& key) {
  return db::sqlite::WriteSecretDurably(absl::StrCat(key.ToString(), "\n"), path);
}

}  // namespace

std::string SignerFolderOf(absl::string_view data_dir) {
  return db::sqlite::Beside(data_dir, ".signer");
}

absl::Status SignerFolder::Make() const {
  std::error_code error;
  std::filesystem::create_directories(path_, error);
  if (!error) return absl::OkStatus();
  return ErrorWithReason(
      absl::StatusCode::kFailedPrecondition, Reason::kSigningRefused,
      absl::StrCat("make ", path_, ": ", error.message(),
                   ": the log needs a folder for its signing key, outside of the data directory; "
                   "--signer-dir names another"));
}

absl::StatusOr<std::optional<ledger::SigningKey>> SignerFolder::ReadKey() const {
  return ReadKeyIn(KeyFile());
}

absl::StatusOr<std::optional<ledger::SigningKey>> SignerFolder::ReadNextKey() const {
  return ReadKeyIn(NextKeyFile());
}

absl::Status SignerFolder::WriteKey(const ledger::SigningKey& key) const {
  return WriteKeyTo(KeyFile(), key);
}

absl::Status SignerFolder::WriteNextKey(const ledger::SigningKey& key) const {
  return WriteKeyTo(NextKeyFile(), key);
}

absl::Status SignerFolder::MakeNextTheKey() const {
  return db::sqlite::ReplaceDurably(NextKeyFile(), KeyFile());
}

absl::Status SignerFolder::WriteVerifiers(std::span<const ledger::VerifierKey> keys) const {
  std::string lines;
  for (const ledger::VerifierKey& key : keys) absl::StrAppend(&lines, key.ToString(), "\n");
  return db::sqlite::WriteDurably(lines, VerifierFile());
}

absl::StatusOr<std::vector<ledger::VerifierKey>> SignerFolder::ReadVerifiers() const {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> lines, ReadFile(VerifierFile()));
  auto keys = ledger::ParseVerifierKeys(lines.value_or(""));
  if (!keys.ok()) return NoKeyError(VerifierFile(), keys.status());
  return keys;
}

absl::StatusOr<std::optional<std::string>> SignerFolder::ReadState() const {
  return ReadFile(StateFile());
}

absl::Status SignerFolder::WriteState(absl::string_view note) const {
  return db::sqlite::WriteDurably(note, StateFile());
}

absl::Status SignerFolder::PutAside(absl::string_view suffix) const {
  for (const std::string& file : {OwnKeyFile(), OwnNextKeyFile(), StateFile()}) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool exists, db::sqlite::Exists(file));
    if (!exists) continue;
    DAYBOOK_RETURN_IF_ERROR(db::sqlite::ReplaceDurably(file, absl::StrCat(file, ".", suffix)));
  }
  return absl::OkStatus();
}

}  // namespace daybook::signer
