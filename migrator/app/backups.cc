#include "migrator/app/backups.h"

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;

}  // namespace

backup::BackupJob JobOf(const Options& options, sqlite::Observer& observer) {
  return {.database = options.database,
          .folder = options.backup.folder,
          .key_file = options.backup.key_file,
          .run_id = options.run_id,
          .build = options.build,
          .clock = options.clock,
          .observer = observer,
          .stop = &options.stop,
          .progress = [&observer](uint64_t done, uint64_t all) {
            observer.Progress("copying pages", done, all);
          }};
}

backup::NewBackup WantedBackup(const std::vector<sqlite::AppliedMigration>& history,
                               const Options& options) {
  backup::NewBackup wanted{.version = history.empty() ? 0 : history.back().version};
  for (const sqlite::AppliedMigration& applied : history) {
    wanted.migrations.push_back(applied.content);
  }
  if (!options.backup.upload.command.empty()) wanted.upload = options.backup.upload;
  return wanted;
}

backup::Retention RetentionFor(const std::vector<sqlite::AppliedMigration>& history,
                               const Options& options) {
  backup::Retention retention{.keep = options.backup.keep};
  for (const sqlite::AppliedMigration& applied : history) {
    retention.referenced.insert(applied.backup_id);
  }
  return retention;
}

absl::StatusOr<std::string> RunBackup::Make(Connection& locked, const State& state) {
  if (options_.backup.none) return "";
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t data_version, locked.QueryInteger("PRAGMA data_version"));
  if (!id_.empty() && data_version == data_version_) return id_;
  backup::NewBackup wanted = WantedBackup(state.history, options_);
  wanted.why = why_;
  for (const migration::MigrationFile* const file : state.pending) {
    wanted.migrations.push_back(file->migration);
  }
  DAYBOOK_ASSIGN_OR_RETURN(const backup::Manifest made, backup::CreateBackup(job_, wanted, locked));
  id_ = made.id();
  data_version_ = data_version;
  return id_;
}

void RunBackup::Prune(const std::vector<sqlite::AppliedMigration>& history) {
  if (options_.backup.none) return;
  const auto removed = backup::PruneBackups(job_, RetentionFor(history, options_));
  if (!removed.ok()) return job_.observer.Note("warning", removed.status().message(), {});
  for (const std::string& id : *removed) {
    job_.observer.Note("backup_removed", absl::StrCat("backup ", id, " is old, and was removed"),
                       {{"backup", id}});
  }
}

sqlite::RunOptions HowToRun(const Options& options, const State& state, sqlite::Observer& observer,
                            RunBackup& backup) {
  sqlite::RunOptions how{.run_id = options.run_id,
                         .build = options.build,
                         .clock = options.clock,
                         .observer = observer,
                         .reason = options.reason,
                         .stop_asked = [&options] { return options.stop.load(); }};
  if (!options.backup.none) {
    how.back_up = [&backup, &state](Connection& locked) { return backup.Make(locked, state); };
  }
  return how;
}

}  // namespace daybook::migrator::app
