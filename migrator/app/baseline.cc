#include "migrator/app/baseline.h"

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "migrator/app/commands.h"
#include "migrator/app/locks.h"
#include "migrator/app/made_schema.h"
#include "migrator/app/state.h"
#include "migrator/migration/failure.h"
#include "migrator/migration/migration_set.h"
#include "migrator/sqlite/run.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::Failure;
using ::daybook::migration::MigrationFile;
using ::daybook::migration::MigrationSet;

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
  DAYBOOK_RETURN_IF_ERROR(ProveMade(database, {}, set, to, report));
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
