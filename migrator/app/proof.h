#pragma once

#include "absl/status/statusor.h"

#include "migrator/app/options.h"
#include "migrator/migration/migration_set.h"
#include "migrator/sqlite/verify.h"

namespace daybook::migrator::app {

// Proves what all applied migrations have promised, and that the schema is as the
// last one left it. What it writes to try the constraints is rolled back; with
// options.read_only nothing is tried.
absl::StatusOr<sqlite::Findings> ProveApplied(const Options& options,
                                              const migration::MigrationSet& set);

}  // namespace daybook::migrator::app
