#pragma once

#include <vector>

#include "migrator/app/options.h"
#include "migrator/sqlite/history.h"
#include "migrator/sqlite/observer.h"

namespace daybook::migrator::app {

// Removes the old databases that BLUE_GREEN left beside the database, but the one
// that leads back from the newest migration: no other is of use. What goes wrong is
// told, and no more.
void RemoveOldBlues(const std::vector<sqlite::AppliedMigration>& history, const Options& options,
                    sqlite::Observer& observer);

}  // namespace daybook::migrator::app
