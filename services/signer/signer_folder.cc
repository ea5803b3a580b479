#include "signer/signer_folder.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"

namespace daybook::signer {
namespace {

// Nothing where there is no such file.
absl::StatusOr<std::optional<std::string>> ReadFile(const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool exists, db::sqlite::Exists(path));
  if (!exists) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(file), {});
  if (!file.good()) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, Reason::kSigningRefused,
                           absl::StrCat("cannot read ", path));
  }
  return bytes;
}

absl::Status NoKeyError(const std::string& path, const absl::Status& why) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, Reason::kSigningRefused,
                         absl::StrCat(path, ": ", why.message()));
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
  while (data_dir.size() > 1 && absl::ConsumeSuffix(&data_dir, "/")) continue;
  return absl::StrCat(data_dir, ".signer");
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
  std::vector<ledger::VerifierKey> keys;
  for (const absl::string_view line : absl::StrSplit(lines.value_or(""), '\n')) {
    if (absl::StripAsciiWhitespace(line).empty()) continue;
    absl::StatusOr<ledger::VerifierKey> key =
        ledger::VerifierKey::Parse(absl::StripAsciiWhitespace(line));
    if (!key.ok()) return NoKeyError(VerifierFile(), key.status());
    keys.push_back(*std::move(key));
  }
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
