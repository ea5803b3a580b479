#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "core/clock.h"
#include "db/sqlite/connection.h"
#include "migrator/migration/migration_file.h"
#include "migrator/sqlite/history.h"
#include "migrator/sqlite/observer.h"
#include "migrator/sqlite/plan.h"
#include "migrator/sqlite/verify.h"

namespace daybook::migrator::sqlite {

// What a run of the migrator brings with it.
struct RunOptions {
  std::string run_id;
  std::string build;  // of this program
  const Clock& clock;
  Observer& observer;
  // Whether the program was asked to stop.
  std::function<bool()> stop_asked = [] { return false; };
  // Why migrations are taken back, for the history; "" says nothing.
  std::string reason = {};
  // Makes a verified backup while the database is locked against writers, and
  // returns its id.
  std::function<absl::StatusOr<std::string>(db::sqlite::Connection& locked)> back_up = {};
};

// Applies one migration by one transaction: all of it, proved, or none. The
// caller holds the migrator's lock; `database` was opened as kForeign. Errors
// are Failures; kData, kResources, kFailed, kVerification and kBackup leave the
// database as it was.
absl::Status ApplyOne(db::sqlite::Connection& database, const migration::MigrationFile& file,
                      const Plan& plan, const RunOptions& options);

// How the history names migrations that were found in place.
inline constexpr char kBaseline[] = "baseline";

// Enters migrations into the history of a database that is what they make,
// without running them. That it is so is the caller's to prove.
absl::Status MarkBaseline(db::sqlite::Connection& database,
                          const std::vector<const migration::MigrationFile*>& files,
                          const std::string& run_id, const std::string& build, const Clock& clock);

// Proves what the applied migrations promised once more: the plan lists the
// constraints that are to hold. Everything it writes is rolled back.
absl::StatusOr<Findings> ProveAgain(db::sqlite::Connection& database, const Plan& plan);

// Takes the newest applied migration back, in the same manner.
absl::Status RollBackOne(db::sqlite::Connection& database, const AppliedMigration& applied,
                         const RunOptions& options);

}  // namespace daybook::migrator::sqlite
