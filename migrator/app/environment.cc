#include "migrator/sqlite/environment.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/app/commands.h"
#include "migrator/app/locks.h"
#include "migrator/app/state.h"
#include "migrator/migration/failure.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::FileLock;
using ::daybook::migration::Failure;

constexpr size_t kMaxName = 40;

bool IsMark(const std::string& name) {
  return name.size() <= kMaxName && std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_' || c == '-';
         });
}

absl::Status Mark(const Options& options) {
  if (!IsMark(options.environment)) {
    return Failure(ExitCode::kUsage, "the name of an environment is 1 to 40 of a-z, 0-9, _ and -",
                   "such as --set production");
  }
  DAYBOOK_ASSIGN_OR_RETURN(const FileLock lock, LockForMigrating(options));
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, OpenForChange(options));
  return database.InTransaction([&] {
    return sqlite::MarkEnvironment(database, options.environment,
                                   {.run_id = options.run_id, .clock = options.clock});
  });
}

absl::StatusOr<std::string> ReadMark(const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, OpenForReading(options));
  return sqlite::ReadEnvironment(database);
}

}  // namespace

ExitCode Environment(const Options& options, Report& report) {
  if (!options.environment.empty()) {
    if (absl::Status marked = Mark(options); !marked.ok()) return report.Fail(marked);
  }
  const auto mark = ReadMark(options);
  if (!mark.ok()) return report.Fail(mark.status());
  return report.Result(
      ExitCode::kDone, "environment",
      mark->empty() ? "the database has no mark" : absl::StrCat("the database is marked ", *mark),
      mark->empty() ? "daybook-migrate environment --set NAME" : "", {{"environment", *mark}});
}

}  // namespace daybook::migrator::app
