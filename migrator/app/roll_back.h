#pragma once

#include "absl/status/status.h"

#include "db/sqlite/connection.h"
#include "migrator/app/announcer.h"
#include "migrator/app/options.h"
#include "migrator/migration/migration_set.h"
#include "migrator/report.h"
#include "migrator/sqlite/observer.h"

namespace daybook::migrator::app {

// Takes migrations back, the newest first, until the database is at version `to`.
// Each is committed by itself. The caller keeps others away from the database.
// `announcer` tells of each; of trials, where it is nullptr, nobody is told.
absl::Status RollBackTo(int to, db::sqlite::Connection& database,
                        const migration::MigrationSet& set, const Options& options, Report& report,
                        sqlite::Observer& observer, Announcer* announcer);

}  // namespace daybook::migrator::app
