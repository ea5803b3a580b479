#include "migrator/app/proof.h"

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "migrator/app/promises.h"
#include "migrator/app/state.h"
#include "migrator/sqlite/foreign_keys.h"
#include "migrator/sqlite/run.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::MigrationSet;

absl::StatusOr<sqlite::Findings> Prove(Connection& database, const State& state,
                                       const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const sqlite::Plan promises, PromisesOf(database, state));
  if (!options.read_only) return sqlite::ProveAgain(database, promises);
  return sqlite::VerifyConstraints(database, promises, sqlite::Depth::kRows);
}

}  // namespace

absl::StatusOr<sqlite::Findings> ProveApplied(const Options& options, const MigrationSet& set) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection database,
                           options.read_only ? OpenForReading(options) : OpenForChange(options));
  DAYBOOK_ASSIGN_OR_RETURN(const State state, ReadState(database, set, options));
  if (state.history.empty()) return sqlite::Findings();
  DAYBOOK_ASSIGN_OR_RETURN(sqlite::Findings findings, Prove(database, state, options));
  DAYBOOK_ASSIGN_OR_RETURN(const auto drift, Drift(database, state));
  findings.failed.insert(findings.failed.end(), drift.begin(), drift.end());
  if (drift.empty()) ++findings.passed;
  DAYBOOK_ASSIGN_OR_RETURN(const auto orphans, sqlite::ForeignKeyViolations(database));
  if (orphans.empty()) {
    ++findings.passed;
  } else {
    findings.warned.push_back(
        absl::StrCat(orphans.size(), " rows break foreign keys, such as ", *orphans.begin()));
  }
  return findings;
}

}  // namespace daybook::migrator::app
