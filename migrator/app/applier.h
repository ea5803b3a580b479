#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"

#include "db/sqlite/connection.h"
#include "migrator/app/announcer.h"
#include "migrator/app/backups.h"
#include "migrator/app/options.h"
#include "migrator/app/preflight.h"
#include "migrator/app/state.h"
#include "migrator/app/time_limits.h"
#include "migrator/migration/migration_set.h"
#include "migrator/report.h"
#include "migrator/sqlite/observer.h"
#include "migrator/sqlite/run.h"

namespace daybook::migrator::app {

// A migration that was applied, and by which plan.
struct AppliedPlan {
  const migration::MigrationFile* file = nullptr;
  std::string hash;
  std::string strategy;
};

// Applies migrations one after the other over one connection, each looked at
// before, proved before its commit and looked at again after it: what `apply`
// does with a database, and `test` and `rehearse` with a copy of one. The caller
// keeps others away from the database.
//
// Thread-compatible.
class Applier {
 public:
  // Has the last word on a plan before anything is done.
  using Approval = std::function<absl::Status(const Prepared&)>;

  // All must outlive it; `options` name the database that `database` is.
  Applier(db::sqlite::Connection& database, const migration::MigrationSet& set,
          const Options& options, Report& report, sqlite::Observer& observer)
      : database_(database),
        set_(set),
        options_(options),
        report_(report),
        observer_(observer),
        backup_(options, observer_, "migration") {}

  // Lets `announcer`, which must outlive it, tell of each migration as it begins
  // and ends. Of trials nobody is told.
  void TellAlso(Announcer& announcer) { announcer_ = &announcer; }

  // Applies all that is pending. Each migration is committed by itself.
  absl::Status ApplyPending(const Approval& approval);

  // What was committed and stands, also where a later one failed.
  const std::vector<AppliedPlan>& applied() const { return applied_; }

 private:
  absl::Status ApplyNext(const State& state, const Approval& approval);
  absl::Status PlanAndApply(const State& state, const Approval& approval);
  absl::Status ApplyPrepared(const State& state, const Prepared& prepared);
  absl::Status Begin(const Prepared& prepared);
  absl::Status Change(const State& state, const Prepared& prepared);
  absl::Status ApplyByExchange(const State& state, const Prepared& prepared);
  absl::Status VerifyCommitted(const sqlite::Plan& plan);
  absl::Status TakeBack(int version, const absl::Status& why);
  sqlite::RunOptions HowToRun(const State& state);

  db::sqlite::Connection& database_;
  const migration::MigrationSet& set_;
  const Options& options_;
  Report& report_;
  sqlite::Observer& observer_;
  Announcer* announcer_ = nullptr;
  TimeLimit limit_;
  RunBackup backup_;
  std::vector<AppliedPlan> applied_;
};

}  // namespace daybook::migrator::app
