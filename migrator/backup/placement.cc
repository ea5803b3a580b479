#include "migrator/backup/placement.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include <sys/stat.h>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "db/sqlite/durable_file.h"

namespace daybook::migrator::backup {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::FileError;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::db::sqlite::Statement;

absl::Status SyncFolderOf(const std::string& path) {
  return db::sqlite::SyncFolder(std::filesystem::path(path).parent_path());
}

}  // namespace

absl::StatusOr<Placement> Placement::Put(ScratchFile& file, const std::string& path,
                                         const std::string& kept) {
  const bool is_kept = link(path.c_str(), kept.c_str()) == 0;
  Placement placement(path, is_kept ? kept : "");
  absl::Status put = db::sqlite::RemoveJournals(path);
  // Journals that came back after a crash would be replayed into the new file.
  if (put.ok()) put = SyncFolderOf(path);
  if (put.ok()) put = file.MoveTo(path);
  if (put.ok()) return placement;
  if (is_kept) unlink(kept.c_str());
  return put;
}

absl::Status Placement::TakeBack() {
  if (kept_.empty()) return absl::FailedPreconditionError("the old database was not kept");
  DAYBOOK_RETURN_IF_ERROR(db::sqlite::RemoveJournals(path_));
  if (std::rename(kept_.c_str(), path_.c_str()) != 0) {
    return FileError(absl::StrCat("rename ", kept_, " to ", path_), errno);
  }
  return SyncFolderOf(path_);
}

absl::Status Placement::Confirm() {
  if (kept_.empty() || unlink(kept_.c_str()) == 0) return absl::OkStatus();
  return FileError(absl::StrCat("remove ", kept_), errno);
}

absl::Status AdoptOwner(const std::string& path, const std::string& file) {
  constexpr mode_t kNewDatabase = 0640;
  constexpr mode_t kPermissions = 07777;
  struct stat wanted {};
  if (stat(path.c_str(), &wanted) != 0) {
    if (errno != ENOENT) return FileError(absl::StrCat("look at ", path), errno);
    if (chmod(file.c_str(), kNewDatabase) == 0) return absl::OkStatus();
    return FileError(absl::StrCat("set the permissions of ", file), errno);
  }
  struct stat found {};
  if (stat(file.c_str(), &found) != 0) return FileError(absl::StrCat("look at ", file), errno);
  const bool is_theirs = found.st_uid == wanted.st_uid && found.st_gid == wanted.st_gid;
  if (!is_theirs && chown(file.c_str(), wanted.st_uid, wanted.st_gid) != 0) {
    return FileError(absl::StrCat("give ", file, " the owner of ", path), errno);
  }
  if (chmod(file.c_str(), wanted.st_mode & kPermissions) == 0) return absl::OkStatus();
  return FileError(absl::StrCat("set the permissions of ", file), errno);
}

absl::Status SetJournalMode(const std::string& path, const std::string& mode) {
  if (mode != "wal") return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, Connection::Open(path, OpenMode::kForeign));
  DAYBOOK_ASSIGN_OR_RETURN(Statement set, database.Prepare("PRAGMA journal_mode = WAL"));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, set.Step());
  if (has_row && set.Text(0) == mode) return absl::OkStatus();
  return absl::FailedPreconditionError("the database cannot be put into WAL mode");
}

}  // namespace daybook::migrator::backup
