#include "signer/signer_folder.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
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
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> text, ReadFile(KeyFile()));
  if (!text) return std::nullopt;
  absl::StatusOr<ledger::SigningKey> key =
      ledger::SigningKey::Parse(absl::StripAsciiWhitespace(*text));
  if (key.ok()) return *std::move(key);
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, Reason::kSigningRefused,
                         absl::StrCat(KeyFile(), ": ", key.status().message()));
}

absl::Status SignerFolder::WriteKey(const ledger::SigningKey& key) const {
  return db::sqlite::WriteSecretDurably(absl::StrCat(key.ToString(), "\n"), KeyFile());
}

absl::Status SignerFolder::WriteVerifier(const ledger::VerifierKey& key) const {
  return db::sqlite::WriteDurably(absl::StrCat(key.ToString(), "\n"), VerifierFile());
}

absl::StatusOr<std::optional<std::string>> SignerFolder::ReadState() const {
  return ReadFile(StateFile());
}

absl::Status SignerFolder::WriteState(absl::string_view note) const {
  return db::sqlite::WriteDurably(note, StateFile());
}

absl::Status SignerFolder::PutAside(absl::string_view suffix) const {
  for (const std::string& file : {path_ + "/signing.key", StateFile()}) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool exists, db::sqlite::Exists(file));
    if (!exists) continue;
    DAYBOOK_RETURN_IF_ERROR(db::sqlite::ReplaceDurably(file, absl::StrCat(file, ".", suffix)));
  }
  return absl::OkStatus();
}

}  // namespace daybook::signer
