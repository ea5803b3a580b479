#include <algorithm>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "migrator/app/backups.h"
#include "migrator/app/commands.h"
#include "migrator/app/locks.h"
#include "migrator/app/report_observer.h"
#include "migrator/app/state.h"
#include "migrator/migration/failure.h"
#include "migrator/migration/migration_set.h"
#include "migrator/sqlite/run.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::Failure;
using ::daybook::migration::MigrationSet;

absl::Status RollBackTo(int to, Connection& database, const MigrationSet& set,
                        const Options& options, Report& report) {
  ReportObserver observer(report);
  RunBackup backup(options, observer, "pre-rollback");
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const State state, ReadState(database, set, options));
    if (state.version() <= to) return absl::OkStatus();
    const sqlite::AppliedMigration& newest = state.history.back();
    report.Step("rolling_back", absl::StrCat("taking back ", newest.version, " ", newest.name),
                {{"version", absl::StrCat(newest.version)}, {"name", newest.name}});
    const absl::Status done = sqlite::RollBackOne(
        database, newest,
        {.run_id = options.run_id,
         .build = options.build,
         .clock = options.clock,
         .observer = observer,
         .reason = options.reason,
         .stop_asked = [&] { return options.stop.load(); },
         .back_up = [&](Connection& locked) { return backup.Make(locked, state); }});
    if (absl::IsFailedPrecondition(done) && !migration::IsFailure(done)) {
      return Failure(ExitCode::kHistoryMismatch,
                     absl::StrCat("migration ", newest.version, ": ", done.message()),
                     "daybook-migrate drift tells what was changed; a backup leads back too");
    }
    DAYBOOK_RETURN_IF_ERROR(done);
  }
}

}  // namespace

ExitCode Rollback(const Options& options, Report& report) {
  const absl::StatusOr<MigrationSet> set = MigrationSet::Read(options.migrations);
  if (!set.ok()) return report.Fail(absl::InvalidArgumentError(set.status().message()));
  const auto run = [&]() -> absl::StatusOr<int> {
    DAYBOOK_ASSIGN_OR_RETURN(const Locks locks, TakeLocks(options));
    DAYBOOK_ASSIGN_OR_RETURN(Connection database, OpenForChange(options));
    DAYBOOK_ASSIGN_OR_RETURN(const State state, ReadState(database, *set, options));
    const int to = options.to >= 0 ? options.to : std::max(0, state.version() - 1);
    DAYBOOK_RETURN_IF_ERROR(RollBackTo(to, database, *set, options, report));
    return std::min(to, state.version());
  };
  const absl::StatusOr<int> version = run();
  if (!version.ok()) return report.Fail(version.status());
  return report.Result(ExitCode::kDone, "rolled_back",
                       absl::StrCat("rolled back: the database is at version ", *version), "",
                       {{"version", absl::StrCat(*version)}});
}

}  // namespace daybook::migrator::app
