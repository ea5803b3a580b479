#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/migration/migration_set.h"
#include "migrator/report.h"
#include "migrator/sqlite/schema_model.h"

namespace daybook::migrator::app {

// The schema before the first migration: `after`, which the migrations up to
// `version` left, step by step back by what they recorded. FAILED_PRECONDITION
// where a record does not meet what it expects.
absl::StatusOr<sqlite::SchemaModel> SchemaBeforeAll(db::sqlite::Connection& database,
                                                    sqlite::SchemaModel after, int version);

// Whether the database is what the migrations up to `version` make of `start`, by
// meaning and not by wording: they are planned, and made in an empty database in
// memory. Tells each difference, and ends with a Failure of kHistoryMismatch where
// there is any.
absl::Status ProveMade(db::sqlite::Connection& database, sqlite::SchemaModel start,
                       const migration::MigrationSet& set, int version, Report& report);

}  // namespace daybook::migrator::app
