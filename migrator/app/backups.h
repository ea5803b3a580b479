#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/app/options.h"
#include "migrator/app/state.h"
#include "migrator/backup/create.h"
#include "migrator/backup/job.h"
#include "migrator/backup/prune.h"
#include "migrator/sqlite/observer.h"
#include "migrator/sqlite/run.h"

namespace daybook::migrator::app {

// What the options say of backups, in the words of their room. All must outlive
// it.
backup::BackupJob JobOf(const Options& options, sqlite::Observer& observer);

// A backup of a database whose history is `history`.
backup::NewBackup WantedBackup(const std::vector<sqlite::AppliedMigration>& history,
                               const Options& options);

// Which of them must stay.
backup::Retention RetentionFor(const std::vector<sqlite::AppliedMigration>& history,
                               const Options& options);

// The backup that a run makes before it changes anything: one, for as long as
// nobody else writes between one change and the next.
//
// Thread-compatible.
class RunBackup {
 public:
  // `why` is what the manifest says it is for. The others must outlive it.
  RunBackup(const Options& options, sqlite::Observer& observer, std::string why)
      : options_(options), job_(JobOf(options, observer)), why_(std::move(why)) {}

  // For RunOptions::back_up: its id, "" where the options want none.
  absl::StatusOr<std::string> Make(db::sqlite::Connection& locked, const State& state);

  // The next change is made by another connection, which does not know what was
  // written before it: a backup is made anew.
  void Forget() { id_.clear(); }

  // Removes the backups that need no longer be kept. What goes wrong is told, and
  // no more.
  void Prune(const std::vector<sqlite::AppliedMigration>& history);

 private:
  const Options& options_;
  const backup::BackupJob job_;
  const std::string why_;
  std::string id_;
  // Changes with every commit of others.
  int64_t data_version_ = 0;
};

// How a run over one migration goes: as the options say, and with `backup` made
// first unless they want none. All must outlive it.
sqlite::RunOptions HowToRun(const Options& options, const State& state, sqlite::Observer& observer,
                            RunBackup& backup);

}  // namespace daybook::migrator::app
