#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "migrator/backup/job.h"

namespace daybook::migrator::backup {

struct Retention {
  absl::Duration keep = absl::Hours(30 * 24);
  // Backups that the history names: the way back of what is applied.
  std::set<std::string> referenced = {};
};

// Removes the backups of the job's database that are older than they need be
// kept, and tells their ids. Never one that is referenced, nor the newest that is
// verified and whole, whose file is read to know it; where none is, none is
// removed. What unfinished runs left goes too. The caller holds
// LockForMigrating(database).
//
// Failures: kResources where the folder cannot be read or written.
absl::StatusOr<std::vector<std::string>> PruneBackups(const BackupJob& job,
                                                      const Retention& retention);

}  // namespace daybook::migrator::backup
