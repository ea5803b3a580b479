#include "witness/witness_folder.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "ledger/hash.h"

namespace daybook::witness {
namespace {

absl::Status UselessError(absl::string_view why) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, Reason::kWitnessNotConfigured, why);
}

// Nothing where there is no such file.
absl::StatusOr<std::optional<std::string>> ReadFile(const std::string& path) {
  absl::StatusOr<std::optional<std::string>> bytes = db::sqlite::ReadIfThere(path);
  if (bytes.ok()) return bytes;
  return UselessError(absl::StrCat(path, ": ", bytes.status().message()));
}

// An origin may have slashes, and be longer than a file's name.
std::string FileOf(const std::string& folder, const std::string& origin, absl::string_view end) {
  return absl::StrCat(folder, "/logs/", ledger::ToHex(ledger::Sha256(origin)), end);
}

}  // namespace

std::string WitnessFolderOf(absl::string_view data_dir) {
  return db::sqlite::Beside(data_dir, ".witness");
}

std::string WitnessFolder::LastFile(const std::string& origin) const {
  return FileOf(path_, origin, ".checkpoint");
}

std::string WitnessFolder::ForkFile(const std::string& origin) const {
  return FileOf(path_, origin, ".fork");
}

absl::Status WitnessFolder::Make() const {
  std::error_code error;
  std::filesystem::create_directories(path_ + "/logs", error);
  if (error) {
    return UselessError(
        absl::StrCat("make ", path_, "/logs: ", error.message(),
                     ": a witness needs a folder for its key and for what it cosigned, outside of "
                     "the data directory; --witness-dir names another"));
  }
  return db::sqlite::SyncFolder(path_);
}

absl::StatusOr<std::optional<ledger::SigningKey>> WitnessFolder::ReadKey() const {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> text, ReadFile(KeyFile()));
  if (!text) return std::nullopt;
  absl::StatusOr<ledger::SigningKey> key =
      ledger::SigningKey::Parse(absl::StripAsciiWhitespace(*text));
  if (key.ok()) return *std::move(key);
  return UselessError(absl::StrCat(KeyFile(), ": ", key.status().message()));
}

absl::Status WitnessFolder::WriteKey(const ledger::SigningKey& key) const {
  return db::sqlite::WriteSecretDurably(absl::StrCat(key.ToString(), "\n"), KeyFile());
}

absl::Status WitnessFolder::WriteVerifier(const ledger::VerifierKey& key) const {
  return db::sqlite::WriteDurably(absl::StrCat(key.ToString(), "\n"), VerifierFile());
}

absl::StatusOr<bool> WitnessFolder::HasCosigned() const {
  std::error_code error;
  const bool is_empty = std::filesystem::is_empty(path_ + "/logs", error);
  if (error == std::errc::no_such_file_or_directory) return false;
  if (error) return UselessError(absl::StrCat(path_, "/logs: ", error.message()));
  return !is_empty;
}

absl::StatusOr<std::optional<std::string>> WitnessFolder::ReadLast(
    const std::string& origin) const {
  return ReadFile(LastFile(origin));
}

absl::Status WitnessFolder::WriteLast(const std::string& origin, absl::string_view note) const {
  return db::sqlite::WriteDurably(note, LastFile(origin));
}

absl::Status WitnessFolder::KeepFork(const std::string& origin, absl::string_view notes) const {
  DAYBOOK_ASSIGN_OR_RETURN(const bool exists, db::sqlite::Exists(ForkFile(origin)));
  return exists ? absl::OkStatus() : db::sqlite::WriteDurably(notes, ForkFile(origin));
}

}  // namespace daybook::witness
