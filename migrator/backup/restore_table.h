#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

#include "migrator/backup/job.h"
#include "migrator/backup/manifest.h"
#include "migrator/backup/restore.h"

namespace daybook::migrator::backup {

struct RestoredTable {
  std::string previous_backup;  // of the whole database, as it was before
  uint64_t rows_before = 0;
  uint64_t rows = 0;
};

// Replaces the rows of one table by those that the backup has of it, in one
// transaction, without firing a trigger, and keeps all other tables as they are:
// that is proved, and so is the table. Numbers that AUTOINCREMENT gave out are
// not given out again. Takes the lock of migrators. Where the database has a
// history, it says what was done.
//
// Failures, all of which leave the database as it was:
//   kBackup       no backup could be made of what is there
//   kRestore      the backup cannot be used; the table is missing or has other
//                 columns; a row breaks a constraint of today, or leaves a
//                 foreign key of another table without its row
//   kLockHeld, kServiceLive, kResources, kUsage   as those of RestoreBackup
absl::StatusOr<RestoredTable> RestoreTable(const BackupJob& job, const Manifest& backup,
                                           const std::string& table, const RestoreOptions& options);

}  // namespace daybook::migrator::backup
