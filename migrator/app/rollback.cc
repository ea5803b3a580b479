#include <algorithm>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "migrator/app/announcer.h"
#include "migrator/app/backups.h"
#include "migrator/app/commands.h"
#include "migrator/app/locks.h"
#include "migrator/app/roll_back.h"
#include "migrator/app/state.h"
#include "migrator/migration/failure.h"
#include "migrator/migration/migration_set.h"
#include "migrator/sqlite/run.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::Failure;
using ::daybook::migration::MigrationSet;

absl::Status Explained(const absl::Status& done, int version) {
  if (!absl::IsFailedPrecondition(done) || migration::IsFailure(done)) return done;
  return Failure(ExitCode::kHistoryMismatch,
                 absl::StrCat("migration ", version, ": ", done.message()),
                 "daybook-migrate drift tells what was changed; a backup leads back too");
}

}  // namespace

absl::Status RollBackTo(int to, Connection& database, const MigrationSet& set,
                        const Options& options, Report& report, sqlite::Observer& observer,
                        Announcer* announcer) {
  RunBackup backup(options, observer, "pre-rollback");
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const State state, ReadState(database, set, options));
    if (state.version() <= to) return absl::OkStatus();
    const sqlite::AppliedMigration& newest = state.history.back();
    if (announcer != nullptr) {
      DAYBOOK_RETURN_IF_ERROR(announcer->Begin({.kind = spool::MigrationEvent::Kind::kRolledBack,
                                                .version = newest.version,
                                                .name = newest.name,
                                                .checksum = newest.checksum,
                                                .strategy = newest.strategy}));
    }
    report.Step("rolling_back", absl::StrCat("taking back ", newest.version, " ", newest.name),
                {{"version", absl::StrCat(newest.version)}, {"name", newest.name}});
    sqlite::RunOptions how{.run_id = options.run_id,
                           .build = options.build,
                           .clock = options.clock,
                           .observer = observer,
                           .reason = options.reason,
                           .stop_asked = [&] { return options.stop.load(); }};
    if (!options.backup.none) {
      how.back_up = [&](Connection& locked) { return backup.Make(locked, state); };
    }
    const absl::Status done = Explained(sqlite::RollBackOne(database, newest, how), newest.version);
    DAYBOOK_RETURN_IF_ERROR(announcer == nullptr ? done : announcer->End(done));
  }
}

ExitCode Rollback(const Options& options, Report& report) {
  const absl::StatusOr<MigrationSet> set = MigrationSet::Read(options.migrations);
  if (!set.ok()) return report.Fail(absl::InvalidArgumentError(set.status().message()));
  const auto run = [&]() -> absl::StatusOr<int> {
    DAYBOOK_ASSIGN_OR_RETURN(const Locks locks, TakeLocks(options));
    DAYBOOK_ASSIGN_OR_RETURN(Connection database, OpenForChange(options));
    DAYBOOK_ASSIGN_OR_RETURN(const State state, ReadState(database, *set, options));
    const int to = options.to >= 0 ? options.to : std::max(0, state.version() - 1);
    Announcer observer(options, report);
    DAYBOOK_RETURN_IF_ERROR(RollBackTo(to, database, *set, options, report, observer, &observer));
    return std::min(to, state.version());
  };
  const absl::StatusOr<int> version = run();
  if (!version.ok()) return report.Fail(version.status());
  return report.Result(ExitCode::kDone, "rolled_back",
                       absl::StrCat("rolled back: the database is at version ", *version), "",
                       {{"version", absl::StrCat(*version)}});
}

}  // namespace daybook::migrator::app
