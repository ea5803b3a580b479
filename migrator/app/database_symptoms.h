#pragma once

#include <vector>

#include "db/sqlite/connection.h"
#include "migrator/app/options.h"
#include "migrator/app/symptom.h"
#include "migrator/migration/migration_set.h"
#include "migrator/sqlite/history.h"

namespace daybook::migrator::app {

// What a database tells of itself, read whole: damage, the schema, what tools left
// behind, rows that wait in quarantine, rows that reference none.
Symptoms LookInside(db::sqlite::Connection& database);

// Whether the history is what its chain of events says. Where it cannot be read at
// all, that is the symptom.
Symptoms LookAtHistory(db::sqlite::Connection& database);

// Whether the history is what the migrations say, and what they would do next.
Symptoms CompareWithMigrations(db::sqlite::Connection& database,
                               const std::vector<sqlite::AppliedMigration>& history,
                               const migration::MigrationSet& set);

}  // namespace daybook::migrator::app
