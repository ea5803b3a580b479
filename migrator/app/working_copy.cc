#include "migrator/app/working_copy.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "db/sqlite/durable_file.h"
#include "db/sqlite/online_backup.h"
#include "migrator/app/backups.h"
#include "migrator/app/locks.h"
#include "migrator/app/space.h"
#include "migrator/app/state.h"
#include "migrator/backup/journal_mode.h"
#include "migrator/backup/names.h"
#include "migrator/migration/failure.h"

namespace daybook::migrator::app {
namespace {

namespace fs = std::filesystem;

using backup::ScratchFile;
using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::FileLock;
using ::daybook::migration::Failure;

constexpr char kKind[] = "copy-for-work";
constexpr char kKindOfSecond[] = "copy-for-command";
constexpr char kSelectSize[] =
    "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";

absl::Status CheckFolder(const std::string& folder) {
  if (access(folder.c_str(), W_OK | X_OK) == 0) return absl::OkStatus();
  const absl::Status error = db::sqlite::FileError("look at it", errno);
  return Failure(ExitCode::kResources,
                 absl::StrCat("no copy can be made in ", folder, ": ", error.message()),
                 "make the folder, or name another one with --work-dir; nothing was changed");
}

absl::Status CheckRoom(const std::string& folder, int64_t bytes, bool is_wal) {
  const double need = static_cast<double>(bytes) * (2 + RoomToWriteAnew(is_wal));
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t free, db::sqlite::FreeBytes(folder));
  if (static_cast<double>(free) >= need) return absl::OkStatus();
  return Failure(
      ExitCode::kResources,
      absl::StrCat("a copy of the database, and a run on it, need up to ",
                   static_cast<uint64_t>(need), " bytes, and ", folder, " has ", free, " free"),
      "free space there, or name another folder with --work-dir; nothing was changed");
}

// What one read transaction sees is what is copied.
absl::Status CopyTo(Connection& from, const std::string& to, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::string mode, from.QueryText("PRAGMA journal_mode"));
  DAYBOOK_RETURN_IF_ERROR(from.Execute("BEGIN"));
  DAYBOOK_RETURN_IF_ERROR(from.QueryInteger("SELECT count(*) FROM sqlite_schema").status());
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t bytes, from.QueryInteger(kSelectSize));
  const std::string folder = fs::path(to).parent_path().string();
  DAYBOOK_RETURN_IF_ERROR(CheckRoom(folder, bytes, mode == "wal"));
  DAYBOOK_RETURN_IF_ERROR(db::sqlite::BackUpOnline(from, to, {.stop = &options.stop}));
  DAYBOOK_RETURN_IF_ERROR(from.Execute("COMMIT"));
  return backup::SetJournalMode(to, mode);
}

// Beside SQLite's own locks, so that nobody takes it for a leftover.
absl::StatusOr<FileLock> HoldBesideSqlite(const std::string& path) {
  return FileLock::Acquire(path, FileLock::Mode::kExclusive, FileLock::Range::kFirstByte);
}

absl::StatusOr<std::string> ReadScript(const std::string& path) {
  absl::StatusOr<std::optional<std::string>> script = db::sqlite::ReadIfThere(path);
  if (script.ok() && *script) return **std::move(script);
  return absl::InvalidArgumentError(absl::StrCat("--fixture ", path, " cannot be read"));
}

std::string FolderForWork(const Options& options, const std::string& otherwise) {
  return options.trial.folder.empty() ? otherwise : backup::RealPath(options.trial.folder);
}

}  // namespace

absl::StatusOr<WorkingCopy> WorkingCopy::Of(const Options& options, sqlite::Observer& observer) {
  const backup::BackupJob job = JobOf(options, observer);
  const std::string folder = FolderForWork(options, backup::FolderOf(job));
  // Before the lock, whose file would be made for a database that is not there.
  DAYBOOK_ASSIGN_OR_RETURN(Connection live, OpenForReading(options));
  DAYBOOK_ASSIGN_OR_RETURN(const FileLock migrating, LockForMigrating(options));
  DAYBOOK_RETURN_IF_ERROR(CheckFolder(folder));
  DAYBOOK_RETURN_IF_ERROR(backup::RemovePartials(job, folder));
  ScratchFile file = ScratchFile::Expect(backup::PartialPath(job, folder, kKind));
  DAYBOOK_RETURN_IF_ERROR(CopyTo(live, file.path(), options));
  DAYBOOK_ASSIGN_OR_RETURN(FileLock held, HoldBesideSqlite(file.path()));
  return WorkingCopy(std::move(file), std::move(held));
}

absl::StatusOr<WorkingCopy> WorkingCopy::OfCopy(Connection& copy, const Options& options,
                                                sqlite::Observer& observer) {
  const backup::BackupJob job = JobOf(options, observer);
  const std::string folder = FolderForWork(options, backup::FolderOf(job));
  ScratchFile file = ScratchFile::Expect(backup::PartialPath(job, folder, kKindOfSecond));
  DAYBOOK_RETURN_IF_ERROR(CopyTo(copy, file.path(), options));
  DAYBOOK_ASSIGN_OR_RETURN(FileLock held, HoldBesideSqlite(file.path()));
  return WorkingCopy(std::move(file), std::move(held));
}

absl::StatusOr<WorkingCopy> WorkingCopy::FromFixture(const Options& options,
                                                     sqlite::Observer& observer) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::string script, ReadScript(options.trial.fixture));
  Options named = options;
  named.database = options.trial.fixture;
  const backup::BackupJob job = JobOf(named, observer);
  const std::string folder = FolderForWork(options, fs::temp_directory_path().string());
  DAYBOOK_RETURN_IF_ERROR(CheckFolder(folder));
  DAYBOOK_RETURN_IF_ERROR(backup::RemovePartials(job, folder));
  ScratchFile file = ScratchFile::Expect(backup::PartialPath(job, folder, kKind));
  DAYBOOK_ASSIGN_OR_RETURN(FileLock held, HoldBesideSqlite(file.path()));
  WorkingCopy copy(std::move(file), std::move(held));
  const Options how = OptionsFor(copy, options);
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, OpenForChange(how));
  const absl::Status made = database.Execute(script);
  if (made.ok() && !database.IsInTransaction()) return copy;
  return Failure(ExitCode::kUsage,
                 absl::StrCat("--fixture ", options.trial.fixture, " does not make a database: ",
                              made.ok() ? "it leaves a transaction open" : made.message()),
                 "mend the file; it is plain SQL, without commands of a shell");
}

Options WorkingCopy::OptionsFor(const WorkingCopy& copy, const Options& options) {
  Options how = options;
  how.database = copy.path();
  how.backup = {.none = true};
  how.on_copy = true;
  return how;
}

}  // namespace daybook::migrator::app
