#include "migrator/app/made_schema.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/migration/failure.h"
#include "migrator/sqlite/history.h"
#include "migrator/sqlite/planner.h"
#include "migrator/sqlite/schema_shape.h"
#include "migrator/sqlite/scratch.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::Failure;
using ::daybook::migration::MigrationFile;
using ::daybook::migration::MigrationSet;
using sqlite::SchemaModel;

absl::StatusOr<std::vector<std::string>> WantedShape(SchemaModel schema, const MigrationSet& set,
                                                     int version) {
  sqlite::Enums enums;
  for (const MigrationFile& file : set.files()) {
    if (file.migration.version() > version) break;
    DAYBOOK_ASSIGN_OR_RETURN(const sqlite::Plan plan,
                             sqlite::PlanUp(file.migration, schema, enums));
    schema = plan.after;
  }
  DAYBOOK_ASSIGN_OR_RETURN(sqlite::Scratch scratch, sqlite::Scratch::Open(schema));
  return sqlite::SchemaShape(scratch.database());
}

std::vector<std::string> Less(const std::vector<std::string>& minuend,
                              const std::vector<std::string>& subtrahend) {
  std::vector<std::string> rest;
  std::set_difference(minuend.begin(), minuend.end(), subtrahend.begin(), subtrahend.end(),
                      std::back_inserter(rest));
  return rest;
}

}  // namespace

absl::StatusOr<SchemaModel> SchemaBeforeAll(Connection& database, SchemaModel after, int version) {
  for (; version > 0; --version) {
    DAYBOOK_ASSIGN_OR_RETURN(auto records, sqlite::ReadSteps(database, version));
    std::reverse(records.begin(), records.end());
    for (const auto& record : records) {
      DAYBOOK_RETURN_IF_ERROR(after.Undo({record.change().begin(), record.change().end()}));
    }
  }
  return after;
}

absl::Status ProveMade(Connection& database, SchemaModel start, const MigrationSet& set,
                       int version, Report& report) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto wanted, WantedShape(std::move(start), set, version));
  DAYBOOK_ASSIGN_OR_RETURN(const auto there, sqlite::SchemaShape(database));
  const std::vector<std::string> missing = Less(wanted, there);
  const std::vector<std::string> additional = Less(there, wanted);
  for (const std::string& line : missing)
    report.Step("missing", absl::StrCat("missing     ", line));
  for (const std::string& line : additional) {
    report.Step("additional", absl::StrCat("additional  ", line));
  }
  if (missing.empty() && additional.empty()) return absl::OkStatus();
  return Failure(ExitCode::kHistoryMismatch,
                 absl::StrCat("the database is not what the migrations up to ", version,
                              " make: ", missing.empty() ? additional[0] : missing[0]),
                 "mend the migrations, or the database, until nothing differs");
}

}  // namespace daybook::migrator::app
