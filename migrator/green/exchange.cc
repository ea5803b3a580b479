#include "migrator/green/exchange.h"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "db/sqlite/durable_file.h"
#include "db/sqlite/online_backup.h"
#include "db/sqlite/open_elsewhere.h"
#include "migrator/backup/check.h"
#include "migrator/backup/contents.h"
#include "migrator/backup/failures.h"
#include "migrator/backup/journal_mode.h"
#include "migrator/backup/names.h"
#include "migrator/backup/placement.h"
#include "migrator/backup/scratch_file.h"
#include "migrator/backup/unpack.h"
#include "migrator/green/failures.h"
#include "migrator/green/place.h"
#include "migrator/green/row_digest.h"
#include "migrator/green/switched.h"
#include "migrator/green/waiting.h"
#include "migrator/sqlite/budget.h"

namespace daybook::migrator::green {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::migration::MigrationFile;
using ::daybook::migrator::backup::BackupJob;
using ::daybook::migrator::backup::LiveDatabase;
using ::daybook::migrator::backup::ScratchFile;

// The copy is synced once, before it counts.
constexpr char kQuick[] = "PRAGMA synchronous = OFF";
// The copy, and the journal of what is written to it.
constexpr uint64_t kCopies = 2;

// Names the parts of a migration as they are seen from outside.
class GreenPhases final : public sqlite::Observer {
 public:
  explicit GreenPhases(sqlite::Observer& observer) : observer_(observer) {}

  void Phase(absl::string_view phase, absl::string_view text) override {
    if (phase == "migrate") observer_.Phase(phase, text);
    if (phase == "verify") observer_.Phase("validate", text);
  }
  void Note(absl::string_view event, absl::string_view text, const Fields& fields) override {
    observer_.Note(event, text, fields);
  }

 private:
  sqlite::Observer& observer_;
};

class Switchover {
 public:
  Switchover(const BackupJob& job, const MigrationFile& file, const sqlite::Plan& plan,
             const sqlite::RunOptions& options, absl::Duration patience)
      : job_(job),
        file_(file),
        plan_(plan),
        options_(options),
        patience_(patience),
        path_(backup::DatabasePath(job)),
        folder_(std::filesystem::path(path_).parent_path().string()),
        budget_(file.migration.budget(), options.clock) {}

  absl::Status Run();

 private:
  absl::Status Prepare();
  absl::Status Sync();
  absl::Status Copy();
  absl::Status Migrate();
  absl::Status Finish();
  absl::Status Switch();
  absl::Status CheckSame(Connection& live) const;
  void KeepBlue();

  const BackupJob& job_;
  const MigrationFile& file_;
  const sqlite::Plan& plan_;
  const sqlite::RunOptions& options_;
  const absl::Duration patience_;
  const std::string path_;
  const std::string folder_;
  sqlite::Budget budget_;

  std::optional<Connection> blue_;  // in the transaction that keeps writers out
  backup::Contents contents_;       // what it holds
  std::string journal_mode_;
  std::string backup_id_;
  std::optional<ScratchFile> green_;
};

absl::Status Switchover::Run() {
  DAYBOOK_RETURN_IF_ERROR(Prepare());
  DAYBOOK_RETURN_IF_ERROR(Sync());
  DAYBOOK_RETURN_IF_ERROR(Migrate());
  DAYBOOK_RETURN_IF_ERROR(Finish());
  return Switch();
}

absl::Status Switchover::Prepare() {
  job_.observer.Phase("prepare", "looking whether the files can change places");
  DAYBOOK_RETURN_IF_ERROR(backup::RemovePartials(job_, folder_));
  DAYBOOK_RETURN_IF_ERROR(TryPlace(job_));
  return WaitUntilUnused(job_, patience_);
}

absl::Status Switchover::Sync() {
  job_.observer.Phase("sync", "making a verified backup and a verified copy");
  DAYBOOK_ASSIGN_OR_RETURN(blue_, Connection::Open(path_, OpenMode::kForeign));
  DAYBOOK_RETURN_IF_ERROR(
      blue_->Execute(absl::StrCat("PRAGMA busy_timeout = ", absl::ToInt64Milliseconds(patience_))));
  const absl::Status begun = blue_->Execute("BEGIN IMMEDIATE");
  if (absl::IsUnavailable(begun)) return InUseError(begun.message());
  DAYBOOK_RETURN_IF_ERROR(begun);
  blue_->StopWhen(options_.stop_asked);
  budget_.BeginLock();
  budget_.Begin("backup", file_.migration.budget().backup_seconds());
  if (options_.back_up) {
    DAYBOOK_ASSIGN_OR_RETURN(backup_id_, options_.back_up(*blue_));
  }
  DAYBOOK_RETURN_IF_ERROR(Copy());
  return budget_.Check();
}

absl::Status Switchover::Copy() {
  DAYBOOK_ASSIGN_OR_RETURN(journal_mode_, blue_->QueryText("PRAGMA journal_mode"));
  DAYBOOK_ASSIGN_OR_RETURN(contents_, backup::ReadContents(*blue_));
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t bytes, db::sqlite::FileSize(path_));
  DAYBOOK_RETURN_IF_ERROR(backup::CheckSpace(folder_, kCopies * bytes));
  green_.emplace(ScratchFile::Expect(backup::PartialPath(job_, folder_, "green")));
  DAYBOOK_RETURN_IF_ERROR(db::sqlite::BackUpOnline(*blue_, green_->path(),
                                                   {.progress = job_.progress, .stop = job_.stop}));
  return backup::CheckDatabase(job_, green_->path(), contents_);
}

absl::Status Switchover::Migrate() {
  GreenPhases phases(job_.observer);
  sqlite::RunOptions how{.run_id = options_.run_id,
                         .build = options_.build,
                         .clock = options_.clock,
                         .observer = phases,
                         .stop_asked = options_.stop_asked};
  if (options_.back_up) {
    how.back_up = [this](Connection& /*green*/) { return backup_id_; };
  }
  DAYBOOK_ASSIGN_OR_RETURN(Connection green, Connection::Open(green_->path(), OpenMode::kForeign));
  DAYBOOK_RETURN_IF_ERROR(green.Execute(kQuick));
  DAYBOOK_RETURN_IF_ERROR(sqlite::ApplyOne(green, file_, plan_, how));
  DAYBOOK_ASSIGN_OR_RETURN(const backup::Contents after, backup::ReadContents(green));
  return green.InTransaction([&] {
    return RecordSwitch(
        green, {.run_id = options_.run_id, .version = plan_.version, .clock = options_.clock},
        {.blue_rows = DigestOfRows(contents_), .green_rows = DigestOfRows(after)});
  });
}

// Makes the copy a file that could have been there all along.
absl::Status Switchover::Finish() {
  DAYBOOK_RETURN_IF_ERROR(backup::SetJournalMode(green_->path(), journal_mode_));
  for (const char* journal : {"-wal", "-journal"}) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool exists, db::sqlite::Exists(green_->path() + journal));
    if (exists) return absl::InternalError(absl::StrCat("the copy still has its ", journal));
  }
  DAYBOOK_RETURN_IF_ERROR(backup::AdoptOwner(path_, green_->path()));
  return db::sqlite::SyncFile(green_->path());
}

absl::Status Switchover::CheckSame(Connection& live) const {
  DAYBOOK_ASSIGN_OR_RETURN(const backup::Contents now, backup::ReadContents(live));
  const auto differences = backup::Differences(contents_, now);
  if (differences.empty()) return absl::OkStatus();
  return absl::AbortedError(
      absl::StrCat("the database was written to while its copy was migrated: ", differences[0]));
}

absl::Status Switchover::Switch() {
  job_.observer.Phase("switch", "exchanging the two files");
  budget_.Begin("switch", 0);
  DAYBOOK_RETURN_IF_ERROR(budget_.Check());
  blue_.reset();
  {
    DAYBOOK_ASSIGN_OR_RETURN(LiveDatabase live, HoldAlone(job_, patience_));
    DAYBOOK_RETURN_IF_ERROR(CheckSame(live.connection()));
    DAYBOOK_RETURN_IF_ERROR(backup::CheckStop(job_));
    // A journal that came back after a crash would be replayed into the new file.
    DAYBOOK_RETURN_IF_ERROR(db::sqlite::RemoveJournals(path_));
    DAYBOOK_RETURN_IF_ERROR(db::sqlite::SyncFolder(folder_));
    const absl::Status exchanged = db::sqlite::ExchangeDurably(green_->path(), path_);
    if (absl::IsUnimplemented(exchanged)) return CannotExchangeError(path_, exchanged.message());
    DAYBOOK_RETURN_IF_ERROR(exchanged);
    live.Forget();
  }
  KeepBlue();
  return absl::OkStatus();
}

// The migration is done by now: what fails here is told, and no more.
void Switchover::KeepBlue() {
  const std::string kept = BluePath(path_, plan_.version - 1);
  if (db::sqlite::IsOpen(green_->path()).value_or(false)) {
    job_.observer.Note("warning",
                       "a program opened the database during the exchange and holds the old file,"
                       " which it can no longer write: restart it",
                       {});
  }
  absl::Status moved = db::sqlite::RemoveDatabase(kept);
  if (moved.ok()) moved = green_->MoveTo(kept);
  if (moved.ok()) {
    return job_.observer.Note("blue", absl::StrCat("the old database is kept as ", kept),
                              {{"file", kept}});
  }
  job_.observer.Note(
      "warning",
      absl::StrCat("the old database could not be kept as ", kept, ": ", moved.message()), {});
}

}  // namespace

absl::Status ApplyByExchange(const BackupJob& job, const MigrationFile& file,
                             const sqlite::Plan& plan, const sqlite::RunOptions& options,
                             absl::Duration patience) {
  return AsFailure(Switchover(job, file, plan, options, patience).Run());
}

}  // namespace daybook::migrator::green
