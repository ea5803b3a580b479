#pragma once

#include <vector>

#include "migrator/app/options.h"
#include "migrator/app/symptom.h"
#include "migrator/report.h"
#include "migrator/sqlite/history.h"

namespace daybook::migrator::app {

// What can be seen around a database without opening it: who holds the locks of
// migrators and services, and what a crashed application left. Opens no file of
// SQLite's, and changes nothing. To be called before the database is opened, which
// this process would then be found to hold.
Symptoms LookAround(const Options& options);

// Whether there is a backup that leads back, and how old it is. None is needed
// where nothing was ever applied.
Symptoms LookAtBackups(const std::vector<sqlite::AppliedMigration>& history, const Options& options,
                       Report& report);

}  // namespace daybook::migrator::app
