#pragma once

#include "absl/status/status.h"

#include "migrator/backup/job.h"
#include "migrator/backup/manifest.h"

namespace daybook::migrator::backup {

// Restores a backup to nowhere: unpacks it into the folder of the backups,
// proves it as a restore would, removes it again, and notes in the manifest how
// long that took.
//
// Failures: kBackup where the backup cannot be restored, otherwise as those of
// VerifyBackup.
absl::Status RehearseRestore(const BackupJob& job, Manifest& manifest);

}  // namespace daybook::migrator::backup
