// The commands that only look.

#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "migrator/app/commands.h"
#include "migrator/app/explain.h"
#include "migrator/app/preflight.h"
#include "migrator/app/space.h"
#include "migrator/app/state.h"
#include "migrator/migration/migration_set.h"
#include "migrator/sqlite/environment.h"
#include "migrator/sqlite/history.h"
#include "migrator/sqlite/plan_text.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::MigrationFile;
using ::daybook::migration::MigrationSet;

// A database that was opened for reading, and what there is to do to it.
struct View {
  MigrationSet set;
  Connection database;
  State state;
};

absl::StatusOr<View> Look(const Options& options) {
  absl::StatusOr<MigrationSet> set = MigrationSet::Read(options.migrations);
  if (!set.ok()) return absl::InvalidArgumentError(set.status().message());
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, OpenForReading(options));
  View view{.set = *std::move(set), .database = std::move(database), .state = {}};
  DAYBOOK_ASSIGN_OR_RETURN(view.state, ReadState(view.database, view.set, options));
  return view;
}

ExitCode NothingPending(const State& state, Report& report) {
  return report.Result(
      ExitCode::kDone, "nothing_pending",
      absl::StrCat("nothing pending: the database is at version ", state.version()), "",
      {{"version", absl::StrCat(state.version())}});
}

void TellPlan(const Prepared& prepared, Report& report) {
  const sqlite::Plan& plan = prepared.plan;
  const std::string& name = prepared.file->migration.name();
  report.Step("plan",
              absl::StrCat("plan for ", plan.version, " ", name, "\n  strategy ",
                           sqlite::StrategyName(plan.strategy), "\n  hash     ",
                           sqlite::HashOf(plan, prepared.file->checksum)),
              {{"version", absl::StrCat(plan.version)},
               {"name", name},
               {"strategy", sqlite::StrategyName(plan.strategy)},
               {"hash", sqlite::HashOf(plan, prepared.file->checksum)}});
  int number = 0;
  for (const std::string& line : sqlite::DescribePlan(plan)) {
    report.Step("action", absl::StrCat("  ", ++number, ". ", line),
                {{"version", absl::StrCat(plan.version)}, {"sql", line}});
  }
}

absl::StatusOr<std::vector<Check>> TellPlans(View& view, const Options& options, bool with_plans,
                                             Report& report) {
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<Check> checks,
                           CheckDatabase(view.database, view.state, options));
  const absl::StatusOr<std::vector<Prepared>> plans =
      PrepareAll(view.database, view.state, options);
  if (!plans.ok()) {
    DAYBOOK_RETURN_IF_ERROR(TellChecks(checks, report));  // more likely the cause
    return plans.status();
  }
  for (const Prepared& prepared : *plans) {
    checks.insert(checks.end(), prepared.checks.begin(), prepared.checks.end());
    if (with_plans) TellPlan(prepared, report);
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Check> space,
                           CheckSpace(view.database, options, *plans));
  checks.insert(checks.end(), space.begin(), space.end());
  return checks;
}

}  // namespace

ExitCode Plan(const Options& options, Report& report) {
  absl::StatusOr<View> view = Look(options);
  if (!view.ok()) return report.Fail(view.status());
  if (view->state.pending.empty()) return NothingPending(view->state, report);
  if (options.explain) return Explain(view->database, view->state, options, report);
  const auto checks = TellPlans(*view, options, /*with_plans=*/true, report);
  if (!checks.ok()) return report.Fail(checks.status());
  TellChecks(*checks, report).IgnoreError();  // a plan may be looked at all the same
  return report.Result(ExitCode::kDone, "planned",
                       absl::StrCat(view->state.pending.size(), " to apply"),
                       "daybook-migrate apply; --approve HASH holds it to this plan",
                       {{"pending", absl::StrCat(view->state.pending.size())}});
}

ExitCode Preflight(const Options& options, Report& report) {
  absl::StatusOr<View> view = Look(options);
  if (!view.ok()) return report.Fail(view.status());
  const auto checks = TellPlans(*view, options, /*with_plans=*/false, report);
  if (!checks.ok()) return report.Fail(checks.status());
  if (absl::Status told = TellChecks(*checks, report); !told.ok()) return report.Fail(told);
  if (absl::Status calm = CheckWarnings(options, report); !calm.ok()) return report.Fail(calm);
  return report.Result(ExitCode::kDone, "passed",
                       absl::StrCat(checks->size(), " checks, none failed"), "",
                       {{"checks", absl::StrCat(checks->size())}});
}

ExitCode Status(const Options& options, Report& report) {
  absl::StatusOr<View> view = Look(options);
  if (!view.ok()) return report.Fail(view.status());
  const State& state = view->state;
  for (const sqlite::AppliedMigration& applied : state.history) {
    report.Step(
        "applied",
        absl::StrCat("applied  ", applied.version, " ", applied.name, "  ", applied.applied_at,
                     "  by ", applied.applied_by, "  ", applied.strategy),
        {{"version", absl::StrCat(applied.version)},
         {"name", applied.name},
         {"applied_at", applied.applied_at},
         {"applied_by", applied.applied_by},
         {"strategy", applied.strategy},
         {"backup", applied.backup_id},
         {"suits_from", absl::StrCat(applied.suits_from)},
         {"checksum", applied.checksum}});
  }
  for (const MigrationFile* const file : state.pending) {
    report.Step("pending",
                absl::StrCat("pending  ", file->migration.version(), " ", file->migration.name()),
                {{"version", absl::StrCat(file->migration.version())},
                 {"name", file->migration.name()},
                 {"checksum", file->checksum}});
  }
  const auto drift = Drift(view->database, state);
  if (!drift.ok()) return report.Fail(drift.status());
  for (const std::string& line : *drift) report.Step("drift", absl::StrCat("drift    ", line));
  const auto environment = sqlite::ReadEnvironment(view->database);
  if (!environment.ok()) return report.Fail(environment.status());
  if (!environment->empty()) {
    report.Step("environment", absl::StrCat("marked   ", *environment),
                {{"environment", *environment}});
  }
  if (state.pending.empty()) return NothingPending(state, report);
  return report.Result(options.exit_code ? ExitCode::kPending : ExitCode::kDone, "pending",
                       absl::StrCat(state.pending.size(), " pending: the database is at version ",
                                    state.version(), " of ", view->set.newest()),
                       "daybook-migrate plan, then daybook-migrate apply",
                       {{"version", absl::StrCat(state.version())},
                        {"newest", absl::StrCat(view->set.newest())},
                        {"pending", absl::StrCat(state.pending.size())}});
}

ExitCode History(const Options& options, Report& report) {
  absl::StatusOr<Connection> database = OpenForReading(options);
  if (!database.ok()) return report.Fail(database.status());
  const auto events = sqlite::ReadEvents(*database);
  if (!events.ok()) return report.Fail(events.status());
  for (const sqlite::RecordedEvent& event : *events) {
    report.Step(event.action, absl::StrCat(event.at, "  ", event.action, "  ", event.details),
                {{"id", absl::StrCat(event.id)},
                 {"at", event.at},
                 {"run_id", event.run_id},
                 {"details", event.details}});
  }
  if (!events->empty()) {
    if (absl::Status chain = sqlite::CheckEventChain(*database); !chain.ok()) {
      return report.Fail(chain);
    }
  }
  return report.Result(ExitCode::kDone, "history",
                       absl::StrCat(events->size(), " events, their chain of hashes holds"), "",
                       {{"events", absl::StrCat(events->size())}});
}

}  // namespace daybook::migrator::app
