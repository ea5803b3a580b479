#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "migrator/backup/job.h"
#include "migrator/backup/manifest.h"

namespace daybook::migrator::backup {

// The backups of a database in a folder, as their manifests tell.
struct Catalog {
  std::vector<Manifest> backups;        // the newest first
  std::vector<std::string> unreadable;  // a sentence for each manifest that is none
};

// Those of the job's database; a file without a manifest is none. A Failure of
// kResources where the folder cannot be read.
absl::StatusOr<Catalog> ListBackups(const BackupJob& job);

// The backup called `id` (the name of its file or manifest will do), of whatever
// database; or, for "latest-verified", the newest of the job's database that is
// verified and there. A Failure of kBackup where there is none.
absl::StatusOr<Manifest> FindBackup(const BackupJob& job, absl::string_view id);

// Whether it was verified when it was made, and its file is there, as long as it
// was. What it holds by now, VerifyBackup tells.
bool IsVerifiedAndThere(const BackupJob& job, const Manifest& manifest);

}  // namespace daybook::migrator::backup
