#pragma once

#include "absl/status/statusor.h"

#include "migrator/app/options.h"
#include "migrator/migration/migration_set.h"
#include "migrator/sqlite/verify.h"

namespace daybook::migrator::app {

// Proves what all applied migrations have promised, and that the schema is as the
// last one left it. Everything it writes is rolled back.
absl::StatusOr<sqlite::Findings> ProveApplied(const Options& options,
                                              const migration::MigrationSet& set);

}  // namespace daybook::migrator::app
