#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "migrator/app/commands.h"
#include "migrator/app/made_schema.h"
#include "migrator/app/proof.h"
#include "migrator/app/state.h"
#include "migrator/migration/failure.h"
#include "migrator/migration/migration_set.h"
#include "migrator/sqlite/planner.h"
#include "migrator/sqlite/run.h"
#include "migrator/sqltext/create_table.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::Failure;
using ::daybook::migration::MigrationSet;
using sqlite::SchemaModel;
using sqlite::SchemaObject;

// Whether a later migration took the constraint away.
bool IsStillDeclared(const SchemaModel& schema, const sqlite::CheckToProve& check) {
  const SchemaObject* const table = schema.Find(SchemaObject::TABLE, check.table);
  if (table == nullptr) return false;
  const auto parsed = sqltext::CreateTable::Parse(table->sql());
  return parsed.ok() && parsed->FindConstraint(check.name) != nullptr;
}

// What all applied migrations together have promised.
absl::StatusOr<sqlite::Plan> PromisesOf(Connection& database, const State& state) {
  sqlite::Plan promises;
  DAYBOOK_ASSIGN_OR_RETURN(promises.after, sqlite::ReadSnapshot(database));
  DAYBOOK_ASSIGN_OR_RETURN(SchemaModel schema,
                           SchemaBeforeAll(database, promises.after, state.version()));
  sqlite::Enums enums;
  for (const sqlite::AppliedMigration& applied : state.history) {
    if (applied.strategy == sqlite::kBaseline) continue;  // it was there before all
    DAYBOOK_ASSIGN_OR_RETURN(const sqlite::Plan plan,
                             sqlite::PlanUp(applied.content, schema, enums));
    schema = plan.after;
    for (const sqlite::CheckToProve& check : plan.checks) {
      if (IsStillDeclared(promises.after, check)) promises.checks.push_back(check);
    }
  }
  return promises;
}

}  // namespace

absl::StatusOr<sqlite::Findings> ProveApplied(const Options& options, const MigrationSet& set) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, OpenForChange(options));
  DAYBOOK_ASSIGN_OR_RETURN(const State state, ReadState(database, set, options));
  if (state.history.empty()) return sqlite::Findings();
  DAYBOOK_ASSIGN_OR_RETURN(const sqlite::Plan promises, PromisesOf(database, state));
  DAYBOOK_ASSIGN_OR_RETURN(sqlite::Findings findings, sqlite::ProveAgain(database, promises));
  DAYBOOK_ASSIGN_OR_RETURN(const auto drift, Drift(database, state));
  findings.failed.insert(findings.failed.end(), drift.begin(), drift.end());
  if (drift.empty()) ++findings.passed;
  return findings;
}

ExitCode Verify(const Options& options, Report& report) {
  const absl::StatusOr<MigrationSet> set = MigrationSet::Read(options.migrations);
  if (!set.ok()) return report.Fail(absl::InvalidArgumentError(set.status().message()));
  const absl::StatusOr<sqlite::Findings> findings = ProveApplied(options, *set);
  if (!findings.ok()) return report.Fail(findings.status());
  for (const std::string& fault : findings->failed) report.Step("fault", fault);
  if (!findings->failed.empty()) {
    return report.Fail(Failure(ExitCode::kVerification, findings->failed[0],
                               "daybook-migrate drift and doctor tell more"),
                       {{"passed", absl::StrCat(findings->passed)},
                        {"failed", absl::StrCat(findings->failed.size())}});
  }
  return report.Result(ExitCode::kDone, "verified",
                       absl::StrCat(findings->passed, " checks passed"), "",
                       {{"passed", absl::StrCat(findings->passed)}});
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
