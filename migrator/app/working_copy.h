#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "db/sqlite/connection.h"
#include "db/sqlite/file_lock.h"
#include "migrator/app/options.h"
#include "migrator/backup/scratch_file.h"
#include "migrator/sqlite/observer.h"

namespace daybook::migrator::app {

// A database to try things on: for its owner's eyes only, and gone with this
// object, journals and all. What a killed process left goes when the next one
// makes a copy of the same database in the same folder.
//
// Thread-compatible. Connections to it are closed before it goes.
class WorkingCopy {
 public:
  // The database that `options` name, as it is now, copied by SQLite's online
  // backup while others use it; it is only read. In the folder for work, which is
  // that of the backups where none is named. Failures: kResources where the
  // folder has no room for the copy and for a run of apply on it; kLockHeld where
  // a migrator is at work; those of OpenForReading.
  static absl::StatusOr<WorkingCopy> Of(const Options& options, sqlite::Observer& observer);

  // The same of what a copy of that database, open as `copy`, holds now.
  static absl::StatusOr<WorkingCopy> OfCopy(db::sqlite::Connection& copy, const Options& options,
                                            sqlite::Observer& observer);

  // A new database, made by the file of SQL that `options` name as fixture. In
  // the system's folder for temporary files where none is named for work.
  // Failures: kUsage where the file cannot be read, or is not SQL that makes one.
  static absl::StatusOr<WorkingCopy> FromFixture(const Options& options,
                                                 sqlite::Observer& observer);

  // What to work on it with: as `options`, without backups.
  static Options OptionsFor(const WorkingCopy& copy, const Options& options);

  const std::string& path() const { return file_.path(); }

 private:
  WorkingCopy(backup::ScratchFile file, db::sqlite::FileLock lock)
      : file_(std::move(file)), lock_(std::move(lock)) {}

  backup::ScratchFile file_;
  db::sqlite::FileLock lock_;  // tells others that it is no leftover
};

}  // namespace daybook::migrator::app
