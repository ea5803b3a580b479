#include "migrator/app/schema_drift.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/sqlite/history.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;

}  // namespace

std::string WordFor(const sqlite::SchemaChange& change) {
  if (!change.has_before()) return "was added";
  return change.has_after() ? "was changed" : "is gone";
}

std::string SchemaDrift::Summary() const {
  if (changes.empty()) return "mig_meta's record of the schema was changed";
  std::vector<std::string> lines;
  for (const sqlite::SchemaChange& change : changes) {
    const auto& object = change.has_before() ? change.before() : change.after();
    lines.push_back(absl::StrCat(sqlite::Describe(object), " ", WordFor(change)));
  }
  return absl::StrCat("since migration ", version, ": ", absl::StrJoin(lines, "; "));
}

absl::StatusOr<SchemaDrift> ReadDrift(Connection& database) {
  SchemaDrift drift;
  DAYBOOK_ASSIGN_OR_RETURN(const auto history, sqlite::ReadHistory(database));
  if (history.empty()) return drift;
  drift.version = history.back().version;
  DAYBOOK_ASSIGN_OR_RETURN(const auto left, sqlite::ReadSnapshot(database));
  DAYBOOK_ASSIGN_OR_RETURN(const auto now, sqlite::SchemaModel::Read(database));
  drift.changes = now.Since(left);
  drift.is_record_changed = left.Digest() != history.back().schema_after;
  return drift;
}

}  // namespace daybook::migrator::app
