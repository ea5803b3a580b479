#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "migrator/backup/job.h"
#include "migrator/backup/manifest.h"

namespace daybook::migrator::backup {

// What takes a verified backup elsewhere.
struct Upload {
  enum class Policy {
    kRequired,    // without it there is no backup
    kBestEffort,  // a failure is told, and nothing more
  };

  std::string command;  // a program; run without a shell, found by PATH
  Policy policy = Policy::kRequired;
  absl::Duration deadline = absl::Hours(1);  // then it is killed
};

// Runs the command with two arguments, the paths of the backup's file and of its
// manifest, and notes in the manifest when it succeeded. What it prints goes to
// this program's standard error. A Failure of kBackup where it must succeed and
// does not end with 0.
absl::Status UploadBackup(const BackupJob& job, const Upload& upload, Manifest& manifest);

}  // namespace daybook::migrator::backup
