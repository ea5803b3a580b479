#pragma once

#include "absl/status/status.h"

#include "db/sqlite/connection.h"
#include "migrator/app/options.h"
#include "migrator/migration/migration_set.h"
#include "migrator/report.h"

namespace daybook::migrator::app {

// Marks the migrations up to `to` as applied in a database without a history,
// once it is proved to be what they make. The caller keeps others away from it.
absl::Status MarkProved(int to, db::sqlite::Connection& database,
                        const migration::MigrationSet& set, const Options& options, Report& report);

}  // namespace daybook::migrator::app
