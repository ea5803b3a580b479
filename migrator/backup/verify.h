#pragma once

#include "absl/status/status.h"

#include "migrator/backup/job.h"
#include "migrator/backup/manifest.h"

namespace daybook::migrator::backup {

// Reads a backup whole and proves that it is what was verified when it was made:
// the file's hash, decryption, SQLite's own check, schema, and every row of every
// table. An encrypted one is decrypted into the folder of the backups meanwhile.
//
// Failures: kBackup where it is not, kUsage where the key file is none, kResources
// where there is no room to decrypt it.
absl::Status VerifyBackup(const BackupJob& job, const Manifest& manifest);

}  // namespace daybook::migrator::backup
