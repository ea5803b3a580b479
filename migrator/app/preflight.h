#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/app/options.h"
#include "migrator/app/state.h"
#include "migrator/migration/migration_file.h"
#include "migrator/report.h"
#include "migrator/sqlite/plan.h"

namespace daybook::migrator::app {

// One thing that is looked at before anything is changed.
struct Check {
  enum class Verdict { kPassed, kWarned, kFailed };

  std::string id;
  Verdict verdict = Verdict::kPassed;
  std::string text = {};
  // How the program ends when it failed.
  ExitCode code = ExitCode::kData;
};

// A plan, and what the data say to it.
struct Prepared {
  const migration::MigrationFile* file = nullptr;
  sqlite::Plan plan = {};
  std::vector<Check> checks = {};
};

// Plans `file` for the database as it is, and chooses the strategy by the rows
// that are there. Reads only.
absl::StatusOr<Prepared> Prepare(db::sqlite::Connection& database,
                                 const migration::MigrationFile& file,
                                 const sqlite::SchemaModel& schema, sqlite::Enums& enums,
                                 const State& state, const Options& options);

// Plans all that is pending, each migration on the schema that the one before it
// leaves. Rows can only be asked about the first.
absl::StatusOr<std::vector<Prepared>> PrepareAll(db::sqlite::Connection& database,
                                                 const State& state, const Options& options);

// Whether each of the pending migrations can be planned once those before it are
// applied. What their rows say to it is only known then.
absl::Status CheckAllCanBePlanned(const State& state);

// What can be looked at before there is a plan: the database's encoding, what a
// crashed tool left, changes made by others.
absl::StatusOr<std::vector<Check>> CheckDatabase(db::sqlite::Connection& database,
                                                 const State& state, const Options& options);

// Tells the checks, and the first failure as an error; OK where none failed.
absl::Status TellChecks(const std::vector<Check>& checks, Report& report);

// kRefused where there was a warning so far and the options take none.
absl::Status CheckWarnings(const Options& options, const Report& report);

}  // namespace daybook::migrator::app
