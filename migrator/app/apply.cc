#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "migrator/app/announcer.h"
#include "migrator/app/applier.h"
#include "migrator/app/commands.h"
#include "migrator/app/lint_check.h"
#include "migrator/app/locks.h"
#include "migrator/app/rehearsal_gate.h"
#include "migrator/app/state.h"
#include "migrator/green/exchange.h"
#include "migrator/migration/failure.h"
#include "migrator/migration/migration_set.h"
#include "migrator/sqlite/plan_text.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::migration::Failure;
using ::daybook::migration::MigrationSet;

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

// What a plan needs before it is carried out, as far as the options ask for it.
// What must be there for all of them is looked for at once.
absl::StatusOr<Applier::Approval> ApprovalFor(const State& state, const Options& options) {
  if (options.trial.required_within == absl::ZeroDuration()) {
    return [&options](const Prepared& prepared) { return CheckApproval(options, prepared); };
  }
  DAYBOOK_ASSIGN_OR_RETURN(Rehearsal rehearsal, FindRehearsal(options, state));
  return [&options, rehearsal = std::move(rehearsal)](const Prepared& prepared) -> absl::Status {
    DAYBOOK_RETURN_IF_ERROR(CheckRehearsed(rehearsal, prepared));
    return CheckApproval(options, prepared);
  };
}

absl::Status ApplyLocked(const MigrationSet& set, const Options& options,
                         const Applier::Approval& approval, Report& report, int& applied) {
  DAYBOOK_ASSIGN_OR_RETURN(const Locks locks, TakeLocks(options));
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, OpenForChange(options));
  Announcer observer(options, report);
  Applier applier(database, set, options, report, observer);
  applier.TellAlso(observer);
  absl::Status done = applier.ApplyPending(approval);
  applied = static_cast<int>(applier.applied().size());
  return done;
}

}  // namespace

ExitCode Apply(const Options& options, Report& report) {
  const absl::StatusOr<MigrationSet> set = MigrationSet::Read(options.migrations);
  if (!set.ok()) return report.Fail(absl::InvalidArgumentError(set.status().message()));
  const absl::StatusOr<State> state = Look(*set, options);
  if (!state.ok()) return report.Fail(state.status());
  if (state->pending.empty()) return NothingPending(*state, *set, report);
  if (const auto limit = options.limits.From(options.clock.Now()); !limit.ok()) {
    return report.Fail(limit.status());
  }
  if (absl::Status linted = LintPending(*state, report); !linted.ok()) return report.Fail(linted);
  int applied = 0;
  const absl::StatusOr<Applier::Approval> approval = ApprovalFor(*state, options);
  if (!approval.ok()) return report.Fail(approval.status());
  const absl::Status done = ApplyLocked(*set, options, *approval, report, applied);
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
