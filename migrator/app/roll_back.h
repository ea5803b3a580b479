#pragma once

#include "absl/status/status.h"

#include "db/sqlite/connection.h"
#include "migrator/app/options.h"
#include "migrator/migration/migration_set.h"
#include "migrator/report.h"
#include "migrator/sqlite/observer.h"

namespace daybook::migrator::app {

// Takes migrations back by their own ways, the newest first, until the database is
// at version `to`: what trials do on their copies. Each is committed by itself.
absl::Status RollBackTo(int to, db::sqlite::Connection& database,
                        const migration::MigrationSet& set, const Options& options, Report& report,
                        sqlite::Observer& observer);

// What a migration's own way back ended with, in the words of exit codes.
absl::Status ExplainDown(const absl::Status& done, int version);

}  // namespace daybook::migrator::app
