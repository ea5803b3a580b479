#include "migrator/app/applier.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/app/blues.h"
#include "migrator/app/space.h"
#include "migrator/green/exchange.h"
#include "migrator/migration/failure.h"
#include "migrator/sqlite/plan_text.h"
#include "migrator/sqlite/verify.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::Failure;
using ::daybook::migration::MigrationFile;

// How often a plan is made anew because the schema or the rows have changed
// between planning and locking.
constexpr int kMaxPlans = 3;

// What was committed, by a connection that had no part in it.
absl::StatusOr<sqlite::Findings> LookAtCommitted(const Options& options, const sqlite::Plan& plan) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection fresh, OpenForChange(options));
  fresh.StopWhen({});  // it is short, and half of it would say nothing
  DAYBOOK_ASSIGN_OR_RETURN(sqlite::Findings findings, sqlite::VerifySchema(fresh, plan));
  DAYBOOK_ASSIGN_OR_RETURN(const sqlite::Findings keys, sqlite::VerifyForeignKeys(fresh, plan));
  sqlite::Append(keys, findings);
  return findings;
}

}  // namespace

absl::Status Applier::PlanAndApply(const State& state, const Approval& approval) {
  const MigrationFile& file = *state.pending.front();
  observer_.Phase("preflight", "looking at what could stop it");
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<Check> checks, CheckDatabase(database_, state, options_));
  DAYBOOK_RETURN_IF_ERROR(TellChecks(checks, report_));
  sqlite::Enums enums = EnumsOf(state.history);
  DAYBOOK_ASSIGN_OR_RETURN(const Prepared prepared,
                           Prepare(database_, file, state.schema, enums, state, options_));
  DAYBOOK_ASSIGN_OR_RETURN(checks, CheckSpace(database_, options_, {&prepared, 1}));
  checks.insert(checks.end(), prepared.checks.begin(), prepared.checks.end());
  DAYBOOK_RETURN_IF_ERROR(TellChecks(checks, report_));
  // Nobody wants to stop half way at one that could never be applied.
  if (applied_.empty()) DAYBOOK_RETURN_IF_ERROR(CheckAllCanBePlanned(state));
  DAYBOOK_RETURN_IF_ERROR(CheckWarnings(options_, report_));
  DAYBOOK_RETURN_IF_ERROR(approval(prepared));
  DAYBOOK_ASSIGN_OR_RETURN(limit_, options_.limits.From(options_.clock.Now()));
  DAYBOOK_RETURN_IF_ERROR(Begin(prepared));
  const absl::Status applied = ApplyPrepared(state, prepared);
  return announcer_ == nullptr ? applied : announcer_->End(applied);
}

absl::Status Applier::Begin(const Prepared& prepared) {
  if (announcer_ == nullptr) return absl::OkStatus();
  const MigrationFile& file = *prepared.file;
  return announcer_->Begin({.version = file.migration.version(),
                            .name = file.migration.name(),
                            .checksum = file.checksum,
                            .strategy = sqlite::StrategyName(prepared.plan.strategy)});
}

absl::Status Applier::ApplyPrepared(const State& state, const Prepared& prepared) {
  const MigrationFile& file = *prepared.file;
  report_.Step("applying",
               absl::StrCat("applying ", file.migration.version(), " ", file.migration.name(), " (",
                            sqlite::StrategyName(prepared.plan.strategy), ")"),
               {{"version", absl::StrCat(file.migration.version())},
                {"name", file.migration.name()},
                {"strategy", sqlite::StrategyName(prepared.plan.strategy)}});
  DAYBOOK_RETURN_IF_ERROR(Change(state, prepared));
  const bool is_in_place = prepared.plan.strategy == sqlite::Plan::Strategy::kBlueGreen;
  observer_.Phase(is_in_place ? "verify" : "look", "looking at what is in place");
  DAYBOOK_RETURN_IF_ERROR(VerifyCommitted(prepared.plan));
  applied_.push_back({.file = &file,
                      .hash = sqlite::HashOf(prepared.plan, file.checksum),
                      .strategy = sqlite::StrategyName(prepared.plan.strategy)});
  return absl::OkStatus();
}

absl::Status Applier::Change(const State& state, const Prepared& prepared) {
  if (prepared.plan.strategy == sqlite::Plan::Strategy::kBlueGreen && !options_.on_copy) {
    return ApplyByExchange(state, prepared);
  }
  return sqlite::ApplyOne(database_, *prepared.file, prepared.plan, HowToRun(state));
}

// The exchange wants nobody to have the database open, this program included.
absl::Status Applier::ApplyByExchange(const State& state, const Prepared& prepared) {
  { const Connection closed = std::move(database_); }
  backup_.Forget();
  absl::Status applied =
      green::ApplyByExchange(JobOf(options_, observer_), *prepared.file, prepared.plan,
                             HowToRun(state), options_.lock_timeout);
  backup_.Forget();
  absl::StatusOr<Connection> opened = OpenForChange(options_);
  if (!opened.ok()) return applied.ok() ? opened.status() : applied;
  database_ = *std::move(opened);
  return applied;
}

sqlite::RunOptions Applier::HowToRun(const State& state) {
  sqlite::RunOptions how = app::HowToRun(options_, state, observer_, backup_);
  how.warnings_are_errors = options_.warnings_as_errors;
  how.end = limit_.end;
  how.end_set_by = limit_.set_by;
  return how;
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
  how.end = absl::InfiniteFuture();
  how.warnings_are_errors = false;
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

absl::Status Applier::ApplyNext(const State& state, const Approval& approval) {
  absl::Status applied = PlanAndApply(state, approval);
  for (int plans = 1; absl::IsAborted(applied) && plans < kMaxPlans; ++plans) {
    report_.Step("replan", absl::StrCat(applied.message(), "; planning again"));
    DAYBOOK_ASSIGN_OR_RETURN(const State now, ReadState(database_, set_, options_));
    if (now.pending.empty()) return absl::OkStatus();
    applied = PlanAndApply(now, approval);
  }
  if (!absl::IsAborted(applied)) return applied;
  return Failure(ExitCode::kServiceLive,
                 absl::StrCat("the database is being changed by others: ", applied.message()),
                 "stop its writers, then run it again");
}

absl::Status Applier::ApplyPending(const Approval& approval) {
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const State state, ReadState(database_, set_, options_));
    if (state.pending.empty()) {
      if (applied_.empty()) return absl::OkStatus();
      RemoveOldBlues(state.history, options_, observer_);
      backup_.Prune(state.history);
      return absl::OkStatus();
    }
    DAYBOOK_RETURN_IF_ERROR(ApplyNext(state, approval));
  }
}

}  // namespace daybook::migrator::app
