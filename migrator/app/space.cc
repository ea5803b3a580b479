#include "migrator/app/space.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>

#include <sys/stat.h>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "migrator/backup/names.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using Verdict = Check::Verdict;

// What writing a whole database anew takes at most, as multiples of it: measured,
// see docs/migrations.md.
constexpr double kAnewInWal = 2.1;
constexpr double kAnewInDelete = 1.4;
// What the history and the text of a schema take.
constexpr double kAtLeast = 1 << 20;

struct Need {
  std::string what;
  std::string folder;
  double bytes = 0;
};

std::optional<dev_t> DeviceOf(const std::string& folder) {
  struct stat status {};
  if (stat(folder.c_str(), &status) != 0) return std::nullopt;
  return status.st_dev;
}

bool WritesTablesAnew(const Prepared& prepared) {
  return prepared.plan.strategy != sqlite::Plan::Strategy::kSchemaEdit;
}

// A copy beside the database, which takes its place.
bool MakesGreen(const Prepared& prepared) {
  return prepared.plan.strategy == sqlite::Plan::Strategy::kBlueGreen;
}

Check JudgeSpace(const Need& need) {
  Check check{.id = absl::StrCat("space:", need.what)};
  const auto free = db::sqlite::FreeBytes(need.folder);
  if (!free.ok()) {
    check.verdict = Verdict::kWarned;
    check.text = absl::StrCat("the free space of ", need.folder, " is not known");
    return check;
  }
  check.text = absl::StrCat("up to ", static_cast<uint64_t>(need.bytes), " bytes are needed in ",
                            need.folder, ", and ", *free, " are free");
  if (static_cast<double>(*free) < need.bytes) {
    check.verdict = Verdict::kFailed;
    check.code = ExitCode::kResources;
  }
  return check;
}

Check JudgeFolder(const std::string& folder) {
  Check check{.id = "backup_folder", .text = absl::StrCat("backups can be written to ", folder)};
  if (access(folder.c_str(), W_OK | X_OK) == 0) return check;
  check.verdict = Verdict::kFailed;
  check.code = ExitCode::kResources;
  check.text = absl::StrCat("no backup can be written to ", folder,
                            ": make the folder, or name another one with --backup-dir");
  return check;
}

}  // namespace

double RoomToWriteAnew(bool is_wal) { return is_wal ? kAnewInWal : kAnewInDelete; }

absl::StatusOr<std::vector<Check>> CheckSpace(Connection& database, const Options& options,
                                              std::span<const Prepared> plans) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::string mode, database.QueryText("PRAGMA journal_mode"));
  DAYBOOK_ASSIGN_OR_RETURN(
      const int64_t size,
      database.QueryInteger(
          "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"));
  const auto bytes = static_cast<double>(size);
  const std::string path = backup::RealPath(options.database);
  Need database_need{.what = "database",
                     .folder = std::filesystem::path(path).parent_path().string(),
                     .bytes = kAtLeast};
  if (std::any_of(plans.begin(), plans.end(), WritesTablesAnew)) {
    database_need.bytes += bytes * RoomToWriteAnew(mode == "wal");
  }
  if (std::any_of(plans.begin(), plans.end(), MakesGreen) && !options.on_copy) {
    database_need.bytes += bytes;
  }
  if (options.backup.none) return std::vector{JudgeSpace(database_need)};
  Need backup_need{.what = "backup",
                   .folder = options.backup.folder.empty()
                                 ? database_need.folder
                                 : backup::RealPath(options.backup.folder),
                   .bytes = kAtLeast + bytes * (options.backup.key_file.empty() ? 1 : 2)};
  Check folder = JudgeFolder(backup_need.folder);
  if (folder.verdict == Verdict::kFailed) return std::vector{JudgeSpace(database_need), folder};
  if (DeviceOf(backup_need.folder) == DeviceOf(database_need.folder)) {
    database_need.bytes += backup_need.bytes;
    return std::vector{JudgeSpace(database_need), folder};
  }
  return std::vector{JudgeSpace(database_need), folder, JudgeSpace(backup_need)};
}

}  // namespace daybook::migrator::app
