#pragma once

#include <vector>

#include "absl/status/status.h"

#include "db/sqlite/file_lock.h"
#include "migrator/backup/job.h"
#include "migrator/backup/restore.h"
#include "migrator/sqlite/history.h"
#include "migrator/sqlite/run.h"
#include "migrator/sqlite/step_work.h"

namespace daybook::migrator::green {

// Restores the backup that the newest migration of `history` was preceded by, where
// nobody has written since it was made. Proved by doing it again: what the history
// applied since the backup is applied to a copy of it, which must then hold, row by
// row, what the database holds. The restore looks once more, under its lock.
//
// `how` says what the backup of the present state is of; `enums` are those of the
// migrations up to the backup's version. The caller holds `migrating`, the lock of
// migrators, and not the one of services, and has no connection to the database.
//
// NOT_FOUND  the history names no backup
// ABORTED    it is not certain that nobody has written since
// Failures as those of backup::FindBackup and backup::RestoreBackup.
absl::Status GoBackToBackup(const backup::BackupJob& job,
                            const std::vector<sqlite::AppliedMigration>& history,
                            sqlite::Enums enums, backup::RestoreOptions how,
                            const sqlite::RunOptions& options);

}  // namespace daybook::migrator::green
