#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "migrator/app/backups.h"
#include "migrator/app/blues.h"
#include "migrator/app/commands.h"
#include "migrator/app/lint_check.h"
#include "migrator/app/locks.h"
#include "migrator/app/preflight.h"
#include "migrator/app/report_observer.h"
#include "migrator/app/state.h"
#include "migrator/green/exchange.h"
#include "migrator/migration/failure.h"
#include "migrator/migration/lint.h"
#include "migrator/migration/migration_set.h"
#include "migrator/sqlite/plan_text.h"
#include "migrator/sqlite/run.h"
#include "migrator/sqlite/verify.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::migration::Failure;
using ::daybook::migration::MigrationFile;
using ::daybook::migration::MigrationSet;

// How often a plan is made anew because the schema or the rows have changed
// between planning and locking.
constexpr int kMaxPlans = 3;

Report::Fields VersionFields(const State& state, const MigrationSet& set) {
  return {{"version", absl::StrCat(state.version())},
          {"newest", absl::StrCat(set.newest())},
          {"pending", absl::StrCat(state.pending.size())}};
}

ExitCode NothingPending(const State& state, const MigrationSet& set, Report& report) {
  return report.Result(
      ExitCode::kDone, "nothing_pending",
      absl::StrCat("nothing pending: the database is at version ", state.version()), "",
      VersionFields(state, set));
}

absl::Status CheckApproval(const Options& options, const Prepared& prepared) {
  const std::string hash = sqlite::HashOf(prepared.plan, prepared.file->checksum);
  if (options.approve.empty() || options.approve == hash) return absl::OkStatus();
  return Failure(ExitCode::kRefused,
                 absl::StrCat("the plan is not the approved one: its hash is ", hash),
                 "look at daybook-migrate plan again, and approve what it shows");
}

// What was committed, by a connection that had no part in it.
absl::StatusOr<sqlite::Findings> LookAtCommitted(const Options& options, const sqlite::Plan& plan) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection fresh, OpenForChange(options));
  fresh.StopWhen({});  // it is short, and half of it would say nothing
  DAYBOOK_ASSIGN_OR_RETURN(sqlite::Findings findings, sqlite::VerifySchema(fresh, plan));
  DAYBOOK_ASSIGN_OR_RETURN(const sqlite::Findings keys, sqlite::VerifyForeignKeys(fresh, plan));
  sqlite::Append(keys, findings);
  return findings;
}

// Applies migrations one after the other over one connection.
class Applier {
 public:
  Applier(Connection& database, const MigrationSet& set, const Options& options, Report& report)
      : database_(database),
        set_(set),
        options_(options),
        report_(report),
        observer_(report),
        backup_(options, observer_, "migration") {}

  // Applies all that is pending. `applied` counts what was committed, also where
  // a later one fails.
  absl::Status ApplyPending(int& applied);

 private:
  absl::Status ApplyNext(const State& state);
  absl::Status PlanAndApply(const State& state);
  absl::Status ApplyByExchange(const State& state, const Prepared& prepared);
  absl::Status VerifyCommitted(const sqlite::Plan& plan);
  absl::Status TakeBack(int version, const absl::Status& why);
  sqlite::RunOptions HowToRun(const State& state);

  Connection& database_;
  const MigrationSet& set_;
  const Options& options_;
  Report& report_;
  ReportObserver observer_;
  RunBackup backup_;
};

absl::Status Applier::PlanAndApply(const State& state) {
  const MigrationFile& file = *state.pending.front();
  sqlite::Enums enums = EnumsOf(state.history);
  DAYBOOK_ASSIGN_OR_RETURN(const Prepared prepared,
                           Prepare(database_, file, state.schema, enums, state, options_));
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<Check> checks, CheckDatabase(database_, state, options_));
  checks.insert(checks.end(), prepared.checks.begin(), prepared.checks.end());
  DAYBOOK_RETURN_IF_ERROR(TellChecks(checks, report_));
  DAYBOOK_RETURN_IF_ERROR(CheckApproval(options_, prepared));
  report_.Step("applying",
               absl::StrCat("applying ", file.migration.version(), " ", file.migration.name(), " (",
                            sqlite::StrategyName(prepared.plan.strategy), ")"),
               {{"version", absl::StrCat(file.migration.version())},
                {"name", file.migration.name()},
                {"strategy", sqlite::StrategyName(prepared.plan.strategy)}});
  if (prepared.plan.strategy == sqlite::Plan::Strategy::kBlueGreen) {
    return ApplyByExchange(state, prepared);
  }
  DAYBOOK_RETURN_IF_ERROR(sqlite::ApplyOne(database_, file, prepared.plan, HowToRun(state)));
  return VerifyCommitted(prepared.plan);
}

// The exchange wants nobody to have the database open, this program included.
absl::Status Applier::ApplyByExchange(const State& state, const Prepared& prepared) {
  { const Connection closed = std::move(database_); }
  backup_.Forget();
  const absl::Status applied =
      green::ApplyByExchange(JobOf(options_, observer_), *prepared.file, prepared.plan,
                             HowToRun(state), options_.lock_timeout);
  backup_.Forget();
  absl::StatusOr<Connection> opened = OpenForChange(options_);
  if (!opened.ok()) return applied.ok() ? opened.status() : applied;
  database_ = *std::move(opened);
  DAYBOOK_RETURN_IF_ERROR(applied);
  observer_.Phase("verify", "looking at what is in place");
  return VerifyCommitted(prepared.plan);
}

sqlite::RunOptions Applier::HowToRun(const State& state) {
  return {.run_id = options_.run_id,
          .build = options_.build,
          .clock = options_.clock,
          .observer = observer_,
          .stop_asked = [this] { return options_.stop.load(); },
          .back_up = [this, &state](Connection& locked) { return backup_.Make(locked, state); }};
}

absl::Status Applier::VerifyCommitted(const sqlite::Plan& plan) {
  const absl::StatusOr<sqlite::Findings> findings = LookAtCommitted(options_, plan);
  if (absl::IsUnavailable(findings.status())) {
    report_.Step("warning", absl::StrCat("proved before the commit, and not looked at again: ",
                                         findings.status().message()));
    return absl::OkStatus();
  }
  if (!findings.ok()) return TakeBack(plan.version, findings.status());
  for (const std::string& fault : findings->failed) report_.Step("fault", fault);
  if (findings->failed.empty()) return absl::OkStatus();
  return TakeBack(plan.version, absl::FailedPreconditionError(findings->failed[0]));
}

// A change that was committed, and is not what it must be.
absl::Status Applier::TakeBack(int version, const absl::Status& why) {
  DAYBOOK_ASSIGN_OR_RETURN(const State state, ReadState(database_, set_, options_));
  sqlite::RunOptions how = HowToRun(state);
  how.stop_asked = [] { return false; };
  const absl::Status back = sqlite::RollBackOne(database_, state.history.back(), how);
  const std::string what =
      absl::StrCat("migration ", version, " did not stand after its commit: ", why.message());
  if (back.ok()) {
    return Failure(ExitCode::kVerification, absl::StrCat(what, "; it was taken back"),
                   "see the faults above; everything is as before");
  }
  const std::string& backup_id = state.history.back().backup_id;
  return Failure(ExitCode::kNotPutBack,
                 absl::StrCat(what, "; and it could not be taken back: ", back.message()),
                 backup_id.empty()
                     ? "restore a backup of yours"
                     : absl::StrCat("daybook-migrate backup restore --backup ", backup_id));
}

absl::Status Applier::ApplyNext(const State& state) {
  absl::Status applied = PlanAndApply(state);
  for (int plans = 1; absl::IsAborted(applied) && plans < kMaxPlans; ++plans) {
    report_.Step("replan", absl::StrCat(applied.message(), "; planning again"));
    DAYBOOK_ASSIGN_OR_RETURN(const State now, ReadState(database_, set_, options_));
    if (now.pending.empty()) return absl::OkStatus();
    applied = PlanAndApply(now);
  }
  if (!absl::IsAborted(applied)) return applied;
  return Failure(ExitCode::kServiceLive,
                 absl::StrCat("the database is being changed by others: ", applied.message()),
                 "stop its writers, then run it again");
}

absl::Status Applier::ApplyPending(int& applied) {
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const State state, ReadState(database_, set_, options_));
    if (state.pending.empty()) {
      if (applied == 0) return absl::OkStatus();
      RemoveOldBlues(state.history, options_, observer_);
      backup_.Prune(state.history);
      return absl::OkStatus();
    }
    DAYBOOK_RETURN_IF_ERROR(ApplyNext(state));
    ++applied;
  }
}

absl::Status MakeDatabase(const Options& options) {
  const absl::StatusOr<Connection> made = Connection::Open(options.database, OpenMode::kCreate);
  return absl::IsAlreadyExists(made.status()) ? absl::OkStatus() : made.status();
}

// What needs no lock: most starts find nothing to do.
absl::StatusOr<State> Look(const MigrationSet& set, const Options& options) {
  if (options.create) DAYBOOK_RETURN_IF_ERROR(MakeDatabase(options));
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, OpenForReading(options));
  return ReadState(database, set, options);
}

// Only what will be applied is judged: the rules may have grown since the rest
// was.
absl::Status LintPending(const State& state, Report& report) {
  std::vector<MigrationFile> files;
  for (const MigrationFile* const file : state.pending) files.push_back(*file);
  return TellFindings(migration::Lint(files), report);
}

absl::Status ApplyLocked(const MigrationSet& set, const Options& options, Report& report,
                         int& applied) {
  DAYBOOK_ASSIGN_OR_RETURN(const Locks locks, TakeLocks(options));
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, OpenForChange(options));
  return Applier(database, set, options, report).ApplyPending(applied);
}

}  // namespace

ExitCode Apply(const Options& options, Report& report) {
  const absl::StatusOr<MigrationSet> set = MigrationSet::Read(options.migrations);
  if (!set.ok()) return report.Fail(absl::InvalidArgumentError(set.status().message()));
  const absl::StatusOr<State> state = Look(*set, options);
  if (!state.ok()) return report.Fail(state.status());
  if (state->pending.empty()) return NothingPending(*state, *set, report);
  if (absl::Status linted = LintPending(*state, report); !linted.ok()) return report.Fail(linted);
  int applied = 0;
  const absl::Status done = ApplyLocked(*set, options, report, applied);
  const Report::Fields fields = {{"applied", absl::StrCat(applied)}};
  if (!done.ok()) return report.Fail(done, fields);
  const absl::StatusOr<State> now = Look(*set, options);
  if (!now.ok()) return report.Fail(now.status(), fields);
  if (applied == 0) return NothingPending(*now, *set, report);
  return report.Result(
      ExitCode::kDone, "applied",
      absl::StrCat("applied: the database is at version ", now->version()), "",
      {{"version", absl::StrCat(now->version())}, {"applied", absl::StrCat(applied)}});
}

}  // namespace daybook::migrator::app
