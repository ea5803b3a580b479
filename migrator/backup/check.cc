#include "migrator/backup/check.h"

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "migrator/backup/failures.h"
#include "migrator/sqlite/damage.h"
#include "migrator/vault/file_reader.h"
#include "migrator/vault/hasher.h"

namespace daybook::migrator::backup {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;

constexpr size_t kReadBytes = 1 << 20;

absl::Status CheckIntegrity(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto damage, sqlite::FindDamage(database, 1));
  if (damage.empty()) return absl::OkStatus();
  return BadBackupError(absl::StrCat("SQLite finds it damaged: ", damage[0]));
}

}  // namespace

absl::Status CheckDatabase(const BackupJob& job, const std::string& path,
                           const Contents& expected) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, Connection::Open(path, OpenMode::kImmutable));
  if (job.stop != nullptr) database.StopWhen([&job] { return job.stop->load(); });
  DAYBOOK_RETURN_IF_ERROR(CheckIntegrity(database));
  DAYBOOK_ASSIGN_OR_RETURN(const Contents found,
                           ReadContents(database, &job.observer, "verifying the backup"));
  const std::vector<std::string> differences = Differences(expected, found);
  if (differences.empty()) return absl::OkStatus();
  return BadBackupError(absl::StrCat(
      "it does not hold what the database held: ", differences[0],
      differences.size() > 1 ? absl::StrCat(" (and ", differences.size() - 1, " more)") : ""));
}

absl::StatusOr<std::string> HashOfFile(const BackupJob& job, const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(vault::FileReader file, vault::FileReader::Open(path));
  vault::Hasher hasher;
  while (!file.AtEnd()) {
    DAYBOOK_RETURN_IF_ERROR(CheckStop(job));
    DAYBOOK_ASSIGN_OR_RETURN(const absl::string_view bytes, file.Read(kReadBytes));
    hasher.Add(bytes);
  }
  return hasher.Finish();
}

absl::Status CheckFile(const BackupJob& job, const Manifest& manifest) {
  const std::string path = BackupPath(job, manifest);
  DAYBOOK_ASSIGN_OR_RETURN(const vault::FileReader file, vault::FileReader::Open(path));
  if (file.size() != manifest.bytes()) {
    return BadBackupError(
        absl::StrCat(path, " has ", file.size(), " bytes and must have ", manifest.bytes()));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::string hash, HashOfFile(job, path));
  if (hash == manifest.file_sha256()) return absl::OkStatus();
  return BadBackupError(absl::StrCat(path, " was changed since it was verified: its SHA-256 is ",
                                     hash, " and must be ", manifest.file_sha256()));
}

}  // namespace daybook::migrator::backup
