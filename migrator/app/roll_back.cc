#include "migrator/app/roll_back.h"

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/app/backups.h"
#include "migrator/app/state.h"
#include "migrator/migration/failure.h"
#include "migrator/sqlite/run.h"

namespace daybook::migrator::app {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::MigrationSet;

absl::Status ExplainDown(const absl::Status& done, int version) {
  if (!absl::IsFailedPrecondition(done) || migration::IsFailure(done)) return done;
  return migration::Failure(
      ExitCode::kHistoryMismatch, absl::StrCat("migration ", version, ": ", done.message()),
      "daybook-migrate drift tells what was changed; a backup leads back too");
}

absl::Status RollBackTo(int to, Connection& database, const MigrationSet& set,
                        const Options& options, Report& report, sqlite::Observer& observer) {
  RunBackup backup(options, observer, "pre-rollback");
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const State state, ReadState(database, set, options));
    if (state.version() <= to) return absl::OkStatus();
    const sqlite::AppliedMigration& newest = state.history.back();
    report.Step("rolling_back", absl::StrCat("taking back ", newest.version, " ", newest.name),
                {{"version", absl::StrCat(newest.version)}, {"name", newest.name}});
    const sqlite::RunOptions how = HowToRun(options, state, observer, backup);
    DAYBOOK_RETURN_IF_ERROR(
        ExplainDown(sqlite::RollBackOne(database, newest, how), newest.version));
  }
}

}  // namespace daybook::migrator::app
