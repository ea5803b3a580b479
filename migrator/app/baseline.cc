#include "migrator/app/baseline.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "migrator/app/commands.h"
#include "migrator/app/locks.h"
#include "migrator/app/state.h"
#include "migrator/migration/failure.h"
#include "migrator/migration/migration_set.h"
#include "migrator/sqlite/planner.h"
#include "migrator/sqlite/run.h"
#include "migrator/sqlite/schema_shape.h"
#include "migrator/sqlite/scratch.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::Failure;
using ::daybook::migration::MigrationFile;
using ::daybook::migration::MigrationSet;

// What the migrations up to `to` make of an empty database.
absl::StatusOr<std::vector<std::string>> WantedShape(const MigrationSet& set, int to) {
  sqlite::SchemaModel schema;
  sqlite::Enums enums;
  for (const MigrationFile& file : set.files()) {
    if (file.migration.version() > to) break;
    DAYBOOK_ASSIGN_OR_RETURN(const sqlite::Plan plan,
                             sqlite::PlanUp(file.migration, schema, enums));
    schema = plan.after;
  }
  DAYBOOK_ASSIGN_OR_RETURN(sqlite::Scratch scratch, sqlite::Scratch::Open(schema));
  return sqlite::SchemaShape(scratch.database());
}

std::vector<std::string> Less(const std::vector<std::string>& minuend,
                              const std::vector<std::string>& subtrahend) {
  std::vector<std::string> rest;
  std::set_difference(minuend.begin(), minuend.end(), subtrahend.begin(), subtrahend.end(),
                      std::back_inserter(rest));
  return rest;
}

absl::Status CompareShapes(Connection& database, const MigrationSet& set, int to, Report& report) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto wanted, WantedShape(set, to));
  DAYBOOK_ASSIGN_OR_RETURN(const auto there, sqlite::SchemaShape(database));
  const std::vector<std::string> missing = Less(wanted, there);
  const std::vector<std::string> additional = Less(there, wanted);
  for (const std::string& line : missing)
    report.Step("missing", absl::StrCat("missing     ", line));
  for (const std::string& line : additional) {
    report.Step("additional", absl::StrCat("additional  ", line));
  }
  if (missing.empty() && additional.empty()) return absl::OkStatus();
  return Failure(ExitCode::kHistoryMismatch,
                 absl::StrCat("the database is not what the migrations up to ", to,
                              " make: ", missing.empty() ? additional[0] : missing[0]),
                 "mend the baseline migration until nothing differs");
}

absl::Status MarkLocked(const MigrationSet& set, const Options& options, Report& report) {
  DAYBOOK_ASSIGN_OR_RETURN(const Locks locks, TakeLocks(options));
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, OpenForChange(options));
  return MarkProved(options.to < 0 ? 1 : options.to, database, set, options, report);
}

}  // namespace

absl::Status MarkProved(int to, Connection& database, const MigrationSet& set,
                        const Options& options, Report& report) {
  DAYBOOK_ASSIGN_OR_RETURN(const State state, ReadState(database, set, options));
  if (!state.history.empty()) {
    return Failure(
        ExitCode::kRefused,
        absl::StrCat("the database has a history already, up to version ", state.version()),
        "a baseline is for databases that the migrator never saw");
  }
  DAYBOOK_RETURN_IF_ERROR(CompareShapes(database, set, to, report));
  std::vector<const MigrationFile*> files;
  for (const MigrationFile& file : set.files()) {
    if (file.migration.version() <= to) files.push_back(&file);
  }
  return sqlite::MarkBaseline(database, files, options.run_id, options.build, options.clock);
}

ExitCode Baseline(const Options& options, Report& report) {
  const absl::StatusOr<MigrationSet> set = MigrationSet::Read(options.migrations);
  if (!set.ok()) return report.Fail(absl::InvalidArgumentError(set.status().message()));
  if (absl::Status marked = MarkLocked(*set, options, report); !marked.ok()) {
    return report.Fail(marked);
  }
  return report.Result(ExitCode::kDone, "baselined",
                       "the database is what these migrations make, and is marked so",
                       "daybook-migrate apply");
}

}  // namespace daybook::migrator::app
