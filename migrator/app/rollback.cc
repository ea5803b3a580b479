#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "migrator/app/announcer.h"
#include "migrator/app/backups.h"
#include "migrator/app/blues.h"
#include "migrator/app/commands.h"
#include "migrator/app/locks.h"
#include "migrator/app/roll_back.h"
#include "migrator/app/state.h"
#include "migrator/backup/catalog.h"
#include "migrator/backup/locks.h"
#include "migrator/green/go_back.h"
#include "migrator/green/restore.h"
#include "migrator/migration/failure.h"
#include "migrator/migration/migration_set.h"
#include "migrator/sqlite/run.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::FileLock;
using ::daybook::migration::Failure;
using ::daybook::migration::MigrationSet;

// Nothing was changed, and another way may lead back.
bool CanBeLeft(const absl::Status& error) {
  return !error.ok() && !absl::IsCancelled(error) &&
         migration::ExitCodeOf(error) != ExitCode::kNotPutBack;
}

// Takes migrations back, one after the other, each by the way that was asked for.
class Returner {
 public:
  Returner(const MigrationSet& set, const Options& options, Report& report, Locks locks)
      : set_(set),
        options_(options),
        report_(report),
        observer_(options, report),
        backup_(options, observer_, "pre-rollback"),
        migrating_(std::move(locks.migrate)),
        serving_(std::move(locks.service)) {}

  // The version that the database is at afterwards.
  absl::StatusOr<int> Run();

  bool has_taken_back() const { return has_taken_back_; }

 private:
  absl::Status Announce(const sqlite::AppliedMigration& newest);
  absl::Status TakeBack(const State& state, int to);
  absl::Status TakeBackByAny(const State& state, int to);
  absl::Status ByBlue(const State& state, absl::Duration patience);
  absl::Status ByDown(const State& state);
  absl::Status ByRestore(const State& state, int to);
  absl::StatusOr<State> Read();
  absl::Status KeepServicesOut();

  const MigrationSet& set_;
  const Options& options_;
  Report& report_;
  Announcer observer_;
  RunBackup backup_;
  const FileLock migrating_;
  std::optional<FileLock> serving_;
  // Open while the way back is down; the others want nobody to have it open.
  std::optional<Connection> database_;
  bool has_taken_back_ = false;
};

absl::StatusOr<State> Returner::Read() {
  if (!database_) {
    DAYBOOK_ASSIGN_OR_RETURN(database_, OpenForChange(options_));
  }
  return ReadState(*database_, set_, options_);
}

absl::StatusOr<int> Returner::Run() {
  DAYBOOK_ASSIGN_OR_RETURN(State state, Read());
  const int to = options_.to >= 0 ? options_.to : std::max(0, state.version() - 1);
  if (options_.via == Via::kBlue && to < state.version() - 1) {
    return Failure(ExitCode::kRefused, "the old database leads one version back, and no further",
                   absl::StrCat("--to ", state.version() - 1, ", or --via down"));
  }
  while (state.version() > to) {
    const sqlite::AppliedMigration& newest = state.history.back();
    report_.Step("rolling_back", absl::StrCat("taking back ", newest.version, " ", newest.name),
                 {{"version", absl::StrCat(newest.version)}, {"name", newest.name}});
    DAYBOOK_RETURN_IF_ERROR(Announce(newest));
    DAYBOOK_RETURN_IF_ERROR(observer_.End(TakeBack(state, to)));
    has_taken_back_ = true;
    DAYBOOK_ASSIGN_OR_RETURN(state, Read());
  }
  if (has_taken_back_) RemoveOldBlues(state.history, options_, observer_);
  return state.version();
}

absl::Status Returner::Announce(const sqlite::AppliedMigration& newest) {
  return observer_.Begin({.kind = spool::MigrationEvent::Kind::kRolledBack,
                          .version = newest.version,
                          .name = newest.name,
                          .checksum = newest.checksum,
                          .strategy = newest.strategy});
}

// A way that needs proof says what proof there is not.
absl::Status Refused(const absl::Status& error, const char* via) {
  if (!absl::IsAborted(error) && !absl::IsNotFound(error)) return error;
  return Failure(
      ExitCode::kRefused,
      absl::StrCat("no way back via ", via, ": ", error.message(), "; nothing was changed"),
      "daybook-migrate rollback --via down keeps what was written since");
}

absl::Status Returner::TakeBack(const State& state, int to) {
  switch (options_.via) {
    case Via::kAuto:
      return TakeBackByAny(state, to);
    case Via::kBlue:
      return Refused(ByBlue(state, options_.lock_timeout), "blue");
    case Via::kDown:
      return ByDown(state);
    case Via::kRestore:
      return Refused(ByRestore(state, to), "restore");
  }
  return absl::OkStatus();
}

absl::Status Returner::TakeBackByAny(const State& state, int to) {
  if (green::HasBlue(options_.database, state.history.back())) {
    absl::Status by_blue = ByBlue(state, absl::ZeroDuration());
    if (!CanBeLeft(by_blue)) return by_blue;
    report_.Step("not_via_blue", absl::StrCat("not via blue: ", by_blue.message()));
    DAYBOOK_RETURN_IF_ERROR(Read().status());  // opens it again
  }
  absl::Status by_down = ByDown(state);
  const bool has_no_down = migration::ExitCodeOf(by_down) == ExitCode::kHistoryMismatch;
  if (by_down.ok() || !has_no_down) return by_down;
  absl::Status by_restore = ByRestore(state, to);
  if (!CanBeLeft(by_restore)) return by_restore;
  return Failure(migration::ExitCodeOf(by_down),
                 absl::StrCat(by_down.message(), "; and not via restore: ", by_restore.message()),
                 migration::NextIn(by_down));
}

absl::Status Returner::ByBlue(const State& state, absl::Duration patience) {
  DAYBOOK_RETURN_IF_ERROR(KeepServicesOut());
  database_.reset();
  backup_.Forget();
  return green::GoBackToBlue(JobOf(options_, observer_), state.history.back(),
                             HowToRun(options_, state, observer_, backup_), patience);
}

absl::Status Returner::ByDown(const State& state) {
  DAYBOOK_RETURN_IF_ERROR(KeepServicesOut());
  const sqlite::AppliedMigration& newest = state.history.back();
  return ExplainDown(
      sqlite::RollBackOne(*database_, newest, HowToRun(options_, state, observer_, backup_)),
      newest.version);
}

// The restore takes the lock of services itself.
absl::Status Returner::ByRestore(const State& state, int to) {
  database_.reset();
  backup_.Forget();
  const backup::BackupJob job = JobOf(options_, observer_);
  std::vector<sqlite::AppliedMigration> kept = state.history;
  if (!state.history.back().backup_id.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const backup::Manifest manifest,
                             backup::FindBackup(job, state.history.back().backup_id));
    if (manifest.schema_version() < to) {
      return absl::NotFoundError(
          absl::StrCat("backup ", manifest.id(), " leads to version ", manifest.schema_version()));
    }
    std::erase_if(kept, [&](const sqlite::AppliedMigration& applied) {
      return applied.version > manifest.schema_version();
    });
  }
  serving_.reset();
  return green::GoBackToBackup(
      job, state.history, EnumsOf(kept),
      {.current = WantedBackup(state.history, options_), .held = &migrating_},
      HowToRun(options_, state, observer_, backup_));
}

// Again, where a restore came before.
absl::Status Returner::KeepServicesOut() {
  if (serving_) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(serving_, backup::LockForServing(options_.database));
  return absl::OkStatus();
}

}  // namespace

ExitCode Rollback(const Options& options, Report& report) {
  const absl::StatusOr<MigrationSet> set = MigrationSet::Read(options.migrations);
  if (!set.ok()) return report.Fail(absl::InvalidArgumentError(set.status().message()));
  absl::StatusOr<Locks> locks = TakeLocks(options);
  if (!locks.ok()) return report.Fail(locks.status());
  Returner returner(*set, options, report, *std::move(locks));
  const absl::StatusOr<int> version = returner.Run();
  if (!version.ok()) return report.Fail(version.status());
  const bool done = returner.has_taken_back();
  return report.Result(ExitCode::kDone, done ? "rolled_back" : "nothing_applied",
                       absl::StrCat(done ? "rolled back" : "nothing to take back",
                                    ": the database is at version ", *version),
                       "", {{"version", absl::StrCat(*version)}});
}

}  // namespace daybook::migrator::app
