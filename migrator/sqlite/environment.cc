#include "migrator/sqlite/environment.h"

#include "core/status_macros.h"
#include "migrator/sqlite/history.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;

constexpr char kSelectMark[] = "SELECT value FROM mig_meta WHERE name = 'environment'";
constexpr char kSetMark[] = "REPLACE INTO mig_meta (name, value) VALUES ('environment', ?1)";

}  // namespace

absl::StatusOr<std::string> ReadEnvironment(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_records, HasRecords(database));
  if (!has_records) return std::string();
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.PrepareKnown(kSelectMark));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
  return has_row ? select.Text(0) : std::string();
}

absl::Status MarkEnvironment(Connection& database, const std::string& environment,
                             const RunIdentity& run) {
  DAYBOOK_RETURN_IF_ERROR(CreateRecords(database));
  DAYBOOK_ASSIGN_OR_RETURN(const std::string before, ReadEnvironment(database));
  DAYBOOK_ASSIGN_OR_RETURN(Statement set, database.Prepare(kSetMark));
  set.BindText(1, environment);
  DAYBOOK_RETURN_IF_ERROR(set.Run());
  return AppendEvent(database, run,
                     {.action = "migration.environment_set",
                      .details = {{"environment", environment}, {"before", before}}});
}

}  // namespace daybook::migrator::sqlite
