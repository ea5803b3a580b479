#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "migrator/backup/job.h"
#include "migrator/backup/live_database.h"

namespace daybook::migrator::green {

// Both wait up to `patience` for programs that have the database open, and end
// with a Failure of kServiceLive, or with CANCELLED where the job is to stop. This
// process has no connection to it.

// Returns once nobody has it open, as far as that can be known. A Failure of
// kRefused where it cannot: not in WAL mode, and on a file system that does not
// tell.
absl::Status WaitUntilUnused(const backup::BackupJob& job, absl::Duration patience);

// Holds it so that nobody else reads it or writes to it.
absl::StatusOr<backup::LiveDatabase> HoldAlone(const backup::BackupJob& job,
                                               absl::Duration patience);

}  // namespace daybook::migrator::green
