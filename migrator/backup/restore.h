#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "db/sqlite/file_lock.h"
#include "migrator/backup/contents.h"
#include "migrator/backup/create.h"
#include "migrator/backup/job.h"
#include "migrator/backup/manifest.h"

namespace daybook::migrator::backup {

struct RestoreOptions {
  // The backup that is made of what is there now; what it is for is set.
  NewBackup current = {};
  // SchemaModel::Digest() that the backup must have; any where empty.
  std::string schema_digest = {};
  // Lets a database be replaced by another one's backup.
  bool from_another_database = false;
  // What the database that is there must hold, so that nothing written since is
  // lost; anything where it is nullptr.
  const Contents* current_contents = nullptr;
  // LockForMigrating(database), where the caller holds it already.
  const db::sqlite::FileLock* held = nullptr;
  // Where no backup can be made of what is there, because it is damaged: its
  // files are copied to another name as they are, and the restore goes on.
  bool set_damaged_aside = false;
};

struct Restored {
  std::string previous_backup;  // of what was there before; "" where none was made
  std::string set_aside;        // where the damaged files are; "" where there were none
  absl::Duration took;
};

// Puts the database of a backup in the place of the job's. In this order: takes
// the locks of migrators and of services; unpacks the backup beside the database
// and proves it whole; gives it the journal mode it had, and the owner and the
// permissions of the database; makes a backup of what is there, while nobody can
// write; moves the new file into place and proves it once more.
//
// The caller has no connection to the database. Who else has it open, one that is
// not in WAL mode does not know itself: the kernel tells then, for the file's
// owner and on local files only.
//
// Failures, all of which leave the database as it was:
//   kRestore      the backup cannot be used, or what is there cannot be backed up
//   kLockHeld, kServiceLive   somebody else is at work on it
//   kResources    no room, or no permission
//   kUsage        the key file is no key
// and kNotPutBack, where the restored database is not what it must be and the
// old one could not be put back.
absl::StatusOr<Restored> RestoreBackup(const BackupJob& job, const Manifest& backup,
                                       const RestoreOptions& options);

// FAILED_PRECONDITION or DATA_LOSS where `backup` is not one to restore the job's
// database from, which its manifest tells.
absl::Status CheckSuits(const BackupJob& job, const Manifest& backup,
                        const RestoreOptions& options);

}  // namespace daybook::migrator::backup
