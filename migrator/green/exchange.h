#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "migrator/backup/job.h"
#include "migrator/migration/migration_file.h"
#include "migrator/sqlite/plan.h"
#include "migrator/sqlite/run.h"

namespace daybook::migrator::green {

// Applies one migration to a verified copy of the database (green), and lets the
// two files change places once everything is proved. The old one (blue) stays
// beside it as BluePath(database, plan.version - 1).
//
// The database is held by BEGIN IMMEDIATE from before the copy until the copy is
// migrated and proved, then alone; before the exchange it must hold, row by row,
// what was copied. Who reads it meanwhile delays the exchange by up to `patience`.
//
// Phases: prepare, sync, migrate, validate, switch. The caller holds the locks of
// migrators and services, and has no connection to the database.
//
// ABORTED where somebody wrote in between: it can be planned anew. Failures leave
// the database as it was, and nothing beside it:
//   kServiceLive   another program has it open
//   kRefused       the file cannot change places with another
//   kResources     no room, or no permission
//   kBackup        there is no verified copy
// and those of sqlite::ApplyOne.
absl::Status ApplyByExchange(const backup::BackupJob& job, const migration::MigrationFile& file,
                             const sqlite::Plan& plan, const sqlite::RunOptions& options,
                             absl::Duration patience);

}  // namespace daybook::migrator::green
