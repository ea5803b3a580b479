#include "migrator/green/switched.h"

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"

namespace daybook::migrator::green {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;

constexpr char kAction[] = "migration.switched";
constexpr char kSelect[] =
    "SELECT details ->> '$.blue_rows', details ->> '$.green_rows' FROM mig_event"
    " WHERE action = 'migration.switched' AND run_id = ?1 AND details ->> '$.version' = ?2"
    " ORDER BY id DESC LIMIT 1";

}  // namespace

absl::Status RecordSwitch(Connection& green, const sqlite::RunIdentity& run,
                          const Switched& switched) {
  return sqlite::AppendEvent(green, run,
                             {.action = kAction,
                              .details = {{"version", absl::StrCat(run.version)},
                                          {"blue_rows", switched.blue_rows},
                                          {"green_rows", switched.green_rows}}});
}

absl::StatusOr<std::optional<Switched>> FindSwitch(Connection& database,
                                                   const sqlite::AppliedMigration& applied) {
  const std::string version = absl::StrCat(applied.version);
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.PrepareKnown(kSelect));
  select.BindText(1, applied.run_id);
  select.BindText(2, version);
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
  if (!has_row) return std::nullopt;
  return Switched{.blue_rows = select.Text(0), .green_rows = select.Text(1)};
}

}  // namespace daybook::migrator::green
