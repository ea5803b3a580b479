#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/app/commands.h"
#include "migrator/app/schema_drift.h"
#include "migrator/app/state.h"
#include "migrator/migration/failure.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::Failure;

void TellChange(const sqlite::SchemaChange& change, Report& report) {
  const auto& object = change.has_before() ? change.before() : change.after();
  const std::string what = WordFor(change);
  report.Step(
      "drift",
      absl::StrCat(sqlite::Describe(object), " ", what, "\n  left by the last migration: ",
                   change.has_before() ? change.before().sql() : "nothing",
                   "\n  there now: ", change.has_after() ? change.after().sql() : "nothing"),
      {{"object", sqlite::Describe(object)},
       {"change", what},
       {"before", change.before().sql()},
       {"after", change.after().sql()}});
}

absl::StatusOr<SchemaDrift> LookForDrift(const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, OpenForReading(options));
  return ReadDrift(database);
}

}  // namespace

ExitCode TellDrift(const Options& options, Report& report) {
  const absl::StatusOr<SchemaDrift> drift = LookForDrift(options);
  if (!drift.ok()) return report.Fail(drift.status());
  for (const sqlite::SchemaChange& change : drift->changes) TellChange(change, report);
  if (drift->version == 0) {
    return report.Result(ExitCode::kDone, "nothing_applied", "no migration was ever applied");
  }
  if (drift->IsNone()) {
    return report.Result(ExitCode::kDone, "no_drift",
                         absl::StrCat("the schema is as migration ", drift->version, " left it"));
  }
  return report.Fail(
      Failure(ExitCode::kHistoryMismatch, drift->Summary(),
              "undo what was changed by hand, or write it as a migration after undoing it"),
      {{"objects", absl::StrCat(drift->changes.size())}});
}

}  // namespace daybook::migrator::app
