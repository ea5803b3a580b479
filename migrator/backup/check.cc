#include "migrator/backup/check.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "migrator/backup/failures.h"
#include "migrator/vault/file_reader.h"
#include "migrator/vault/hasher.h"

namespace daybook::migrator::backup {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::db::sqlite::Statement;

constexpr size_t kReadBytes = 1 << 20;

// Rows that break a rule of their table are no damage: to mend such rows is what
// migrations are for. All findings, as they may hide others.
constexpr char kWithoutChecks[] = "PRAGMA ignore_check_constraints = ON";
constexpr char kFindDamage[] = "PRAGMA integrity_check(2000000000)";

bool IsAboutValues(absl::string_view finding) {
  return absl::StartsWith(finding, "NULL value in ") ||
         absl::StartsWith(finding, "NUMERIC value in ") ||
         absl::StartsWith(finding, "TEXT value in ");
}

absl::Status CheckIntegrity(Connection& database) {
  DAYBOOK_RETURN_IF_ERROR(database.Execute(kWithoutChecks));
  DAYBOOK_ASSIGN_OR_RETURN(Statement check, database.Prepare(kFindDamage));
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, check.Step());
    if (!has_row) return absl::OkStatus();
    const absl::string_view finding = check.Bytes(0);
    if (finding == "ok" || IsAboutValues(finding)) continue;
    return BadBackupError(absl::StrCat("SQLite finds it damaged: ", finding));
  }
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
