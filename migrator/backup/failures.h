#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "migrator/backup/job.h"
#include "migrator/migration/failure.h"

namespace daybook::migrator::backup {

// `error` as one that ends the program with `code`, unless it says already how
// to end it, or is a cancellation: those are returned as they are. OK stays OK.
absl::Status AsFailure(const absl::Status& error, migration::ExitCode code, absl::string_view what,
                       absl::string_view next);

// CANCELLED where the job is to stop.
absl::Status CheckStop(const BackupJob& job);

// What `condition` found wrong with a backup.
absl::Status BadBackupError(absl::string_view what);

}  // namespace daybook::migrator::backup
