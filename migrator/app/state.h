#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/app/options.h"
#include "migrator/migration/migration_set.h"
#include "migrator/sqlite/history.h"
#include "migrator/sqlite/schema_model.h"
#include "migrator/sqlite/step_work.h"

namespace daybook::migrator::app {

// A database and the migrations it should have.
struct State {
  std::vector<sqlite::AppliedMigration> history = {};
  // What is to be applied, in order.
  std::vector<const migration::MigrationFile*> pending = {};
  sqlite::SchemaModel schema = {};

  int version() const { return history.empty() ? 0 : history.back().version; }
};

// Opens the database for reading, so that its file and its folder stay as they
// are; a WAL database that cannot be written is read as a file that nobody writes.
// Failures: kUnreachable, kResources, kHistoryMismatch (not a database).
absl::StatusOr<db::sqlite::Connection> OpenForReading(const Options& options);

// Opens it for a change.
absl::StatusOr<db::sqlite::Connection> OpenForChange(const Options& options);

// Reads what is applied and what is not. Failures: kHistoryMismatch,
// kNewerThanBuild.
absl::StatusOr<State> ReadState(db::sqlite::Connection& database,
                                const migration::MigrationSet& set, const Options& options);

// The enums that the applied migrations declare.
sqlite::Enums EnumsOf(const std::vector<sqlite::AppliedMigration>& history);

// A sentence for each object that is not as the last migration left it. Empty
// where nothing was ever applied.
absl::StatusOr<std::vector<std::string>> Drift(db::sqlite::Connection& database,
                                               const State& state);

}  // namespace daybook::migrator::app
