#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "db/sqlite/connection.h"
#include "migrator/backup/job.h"
#include "migrator/sqlite/history.h"
#include "migrator/sqlite/run.h"

namespace daybook::migrator::green {

// Whether the old database is there that `applied`, the newest migration, left.
bool HasBlue(const std::string& database, const sqlite::AppliedMigration& applied);

// Lets the database change places again with the old one that the newest migration
// left beside it, and removes what was in its place. Only where both are proved to
// hold what they held when they were exchanged, so that nobody's rows are lost. The
// history goes on: the events since the exchange and the way back are in it.
//
// Phases: prepare, validate, switch, verify, clean_up. The caller holds the locks of
// migrators and services, and has no connection to the database. `patience` as in
// ApplyByExchange.
//
// NOT_FOUND  there is no old database
// ABORTED    it is not certain that nobody has written since
// Failures as those of ApplyByExchange leave the database as it was; kNotPutBack
// where the old one is there and is not what it must be.
absl::Status GoBackToBlue(const backup::BackupJob& job, const sqlite::AppliedMigration& newest,
                          const sqlite::RunOptions& options, absl::Duration patience);

// Carries `events` over into the database that takes the place of the one that has
// them, and adds that the migrations `taken_back` were taken back `via` it. Inside
// a transaction.
absl::Status CarryHistory(db::sqlite::Connection& database,
                          const std::vector<sqlite::RecordedEvent>& events,
                          const std::vector<sqlite::AppliedMigration>& taken_back, const char* via,
                          const sqlite::RunOptions& options);

}  // namespace daybook::migrator::green
