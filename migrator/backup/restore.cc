#include "migrator/backup/restore.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "db/sqlite/open_elsewhere.h"
#include "migrator/backup/contents.h"
#include "migrator/backup/failures.h"
#include "migrator/backup/journal_mode.h"
#include "migrator/backup/live_database.h"
#include "migrator/backup/locks.h"
#include "migrator/backup/names.h"
#include "migrator/backup/placement.h"
#include "migrator/backup/unpack.h"

namespace daybook::migrator::backup {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::FileLock;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::migration::ExitCode;
using ::daybook::migration::Failure;

// Under a lock of SQLite's: from here on it is a database like any other.
absl::Status CheckRestored(const std::string& path, const Contents& expected) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, Connection::Open(path, OpenMode::kForeign));
  return database.InTransaction([&]() -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const Contents found, ReadContents(database));
    const std::vector<std::string> differences = Differences(expected, found);
    if (differences.empty()) return absl::OkStatus();
    return BadBackupError(
        absl::StrCat("the restored database is not the backup: ", differences[0]));
  });
}

// One restore under way.
class Restoration {
 public:
  Restoration(const BackupJob& job, const Manifest& backup, const RestoreOptions& options)
      : job_(job),
        backup_(backup),
        options_(options),
        path_(DatabasePath(job)),
        folder_(std::filesystem::path(path_).parent_path().string()) {}

  absl::StatusOr<Restored> Run();

 private:
  absl::StatusOr<ScratchFile> Prepare();
  absl::Status KeepCurrent();
  absl::Status BackUpCurrent();
  absl::Status CheckCurrent(const Contents& found) const;
  absl::Status SetAside();
  absl::Status Replace(ScratchFile& file);
  absl::Status PutBack(Placement& placement, const absl::Status& why);

  const BackupJob& job_;
  const Manifest& backup_;
  const RestoreOptions& options_;
  const std::string path_;
  const std::string folder_;
  std::optional<LiveDatabase> live_;
  Restored restored_;
};

absl::StatusOr<Restored> Restoration::Run() {
  const absl::Time begin = job_.clock.Now();
  DAYBOOK_RETURN_IF_ERROR(CheckSuits(job_, backup_, options_));
  std::optional<FileLock> migrating;
  if (options_.held == nullptr) {
    DAYBOOK_ASSIGN_OR_RETURN(migrating, LockForMigrating(path_));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const FileLock serving, LockForServing(path_));
  DAYBOOK_RETURN_IF_ERROR(RemovePartials(job_, folder_));
  DAYBOOK_ASSIGN_OR_RETURN(ScratchFile file, Prepare());
  DAYBOOK_ASSIGN_OR_RETURN(const bool exists, db::sqlite::Exists(path_));
  if (exists) DAYBOOK_RETURN_IF_ERROR(KeepCurrent());
  DAYBOOK_RETURN_IF_ERROR(Replace(file));
  restored_.took = job_.clock.Now() - begin;
  return std::move(restored_);
}

absl::StatusOr<ScratchFile> Restoration::Prepare() {
  job_.observer.Phase("verify", "proving the backup");
  DAYBOOK_ASSIGN_OR_RETURN(ScratchFile file, Unpack(job_, backup_, folder_));
  file.Unlock();
  DAYBOOK_RETURN_IF_ERROR(SetJournalMode(file.path(), backup_.journal_mode()));
  DAYBOOK_RETURN_IF_ERROR(file.Lock());
  DAYBOOK_RETURN_IF_ERROR(AdoptOwner(path_, file.path()));
  return file;
}

absl::Status Restoration::KeepCurrent() {
  job_.observer.Phase("backup", "making a backup of what is there now");
  absl::Status kept = BackUpCurrent();
  const bool is_damage = absl::IsDataLoss(kept) || migration::ExitCodeOf(kept) == ExitCode::kBackup;
  if (kept.ok() || absl::IsCancelled(kept) || !is_damage) return kept;
  live_.reset();
  if (options_.set_damaged_aside) return SetAside();
  return Failure(ExitCode::kRestore,
                 absl::StrCat("no backup can be made of what is there now: ", kept.message()),
                 "mend the cause; or, where the database is damaged, let its files be set aside"
                 " as they are; nothing was changed");
}

absl::Status Restoration::BackUpCurrent() {
  DAYBOOK_ASSIGN_OR_RETURN(LiveDatabase live, LiveDatabase::Hold(path_));
  live_.emplace(std::move(live));
  NewBackup current = options_.current;
  current.why = kBeforeRestore;
  DAYBOOK_ASSIGN_OR_RETURN(const Manifest previous,
                           CreateBackup(job_, current, live_->connection()));
  restored_.previous_backup = previous.id();
  DAYBOOK_RETURN_IF_ERROR(CheckCurrent(previous.contents()));
  return live_->HoldAlone();
}

absl::Status Restoration::CheckCurrent(const Contents& found) const {
  if (options_.current_contents == nullptr) return absl::OkStatus();
  const std::vector<std::string> differences = Differences(*options_.current_contents, found);
  if (differences.empty()) return absl::OkStatus();
  return Failure(ExitCode::kServiceLive,
                 absl::StrCat("another program has just written to the database: ", differences[0]),
                 "stop it, then run it again; nothing was changed");
}

absl::Status Restoration::SetAside() {
  if (db::sqlite::IsOpen(path_).value_or(false)) {
    return Failure(ExitCode::kServiceLive, "another program has the damaged database open",
                   "stop it, then run it again; nothing was changed");
  }
  const std::string aside = absl::StrCat(
      path_, ".damaged-", absl::FormatTime("%Y%m%dT%H%M%SZ", job_.clock.Now(), absl::UTCTimeZone()),
      "-", job_.run_id);
  // SQLite's own file first: to copy it takes the journals of its copy away.
  for (const char* suffix : {"", "-wal", "-journal"}) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool exists, db::sqlite::Exists(path_ + suffix));
    if (exists) DAYBOOK_RETURN_IF_ERROR(db::sqlite::CopyDurably(path_ + suffix, aside + suffix));
  }
  restored_.set_aside = aside;
  job_.observer.Note("set_aside", absl::StrCat("the damaged database is kept as ", aside),
                     {{"file", aside}});
  return absl::OkStatus();
}

absl::Status Restoration::Replace(ScratchFile& file) {
  job_.observer.Phase("restore", "putting the backup in place");
  DAYBOOK_RETURN_IF_ERROR(CheckStop(job_));
  DAYBOOK_ASSIGN_OR_RETURN(Placement placement,
                           Placement::Put(file, path_, PartialPath(job_, folder_, "before")));
  const absl::Status checked = CheckRestored(path_, backup_.contents());
  if (!checked.ok()) return PutBack(placement, checked);
  if (live_) live_->Forget();
  if (const absl::Status removed = placement.Confirm(); !removed.ok()) {
    job_.observer.Note("warning", removed.message(), {});
  }
  return absl::OkStatus();
}

absl::Status Restoration::PutBack(Placement& placement, const absl::Status& why) {
  const absl::Status put_back = placement.TakeBack();
  if (put_back.ok()) return why;
  if (live_) live_->Forget();
  return Failure(
      ExitCode::kNotPutBack,
      absl::StrCat(why.message(), ", and the old one could not be put back: ", put_back.message()),
      absl::StrCat("restore backup ", restored_.previous_backup, " to have what was there before"));
}

}  // namespace

absl::Status CheckSuits(const BackupJob& job, const Manifest& backup,
                        const RestoreOptions& options) {
  if (!backup.has_verified_at()) {
    return BadBackupError("the run that made the backup did not come to its end");
  }
  if (!options.schema_digest.empty() &&
      backup.contents().schema_digest() != options.schema_digest) {
    return absl::FailedPreconditionError(
        "the backup has another schema than the one to go back to");
  }
  if (!options.from_another_database && backup.database() != DatabasePath(job)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the backup is of ", backup.database(), ", and not of ", DatabasePath(job)));
  }
  return absl::OkStatus();
}

absl::StatusOr<Restored> RestoreBackup(const BackupJob& job, const Manifest& backup,
                                       const RestoreOptions& options) {
  absl::StatusOr<Restored> restored = Restoration(job, backup, options).Run();
  if (restored.ok()) return restored;
  return AsFailure(restored.status(), ExitCode::kRestore,
                   absl::StrCat("backup ", backup.id(), " was not restored"),
                   "the database is as it was; choose another backup (backup list), or mend"
                   " the cause");
}

}  // namespace daybook::migrator::backup
