#include "migrator/green/place.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include <sys/stat.h>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "migrator/backup/names.h"
#include "migrator/backup/scratch_file.h"
#include "migrator/green/failures.h"

namespace daybook::migrator::green {
namespace {

namespace fs = std::filesystem;

using ::daybook::migrator::backup::BackupJob;
using ::daybook::migrator::backup::ScratchFile;

constexpr char kBlue[] = ".blue-";

std::string FolderOfFile(const std::string& path) { return fs::path(path).parent_path().string(); }

absl::Status CheckFile(const std::string& path) {
  struct statx found {};
  if (statx(AT_FDCWD, path.c_str(), 0, STATX_NLINK, &found) != 0) {
    return db::sqlite::FileError(absl::StrCat("look at ", path), errno);
  }
  if (found.stx_nlink > 1) {
    return CannotExchangeError(path, "it has a second name, which would go on with the old file");
  }
  if ((found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0) {
    return CannotExchangeError(path, "the file itself is mounted; mount its folder instead");
  }
  return absl::OkStatus();
}

}  // namespace

std::string BluePath(const std::string& database, int version) {
  return absl::StrCat(database, kBlue, version);
}

absl::Status CheckPlace(const std::string& database) {
  const std::string path = backup::RealPath(database);
  DAYBOOK_RETURN_IF_ERROR(CheckFile(path));
  const std::string folder = FolderOfFile(path);
  if (access(folder.c_str(), W_OK | X_OK) == 0) return absl::OkStatus();
  return AsFailure(db::sqlite::FileError(absl::StrCat("write to ", folder), errno));
}

absl::Status TryPlace(const BackupJob& job) {
  const std::string path = backup::DatabasePath(job);
  DAYBOOK_RETURN_IF_ERROR(CheckPlace(path));
  const std::string folder = FolderOfFile(path);
  DAYBOOK_ASSIGN_OR_RETURN(ScratchFile one,
                           ScratchFile::Create(backup::PartialPath(job, folder, "exchange-1")));
  DAYBOOK_ASSIGN_OR_RETURN(ScratchFile other,
                           ScratchFile::Create(backup::PartialPath(job, folder, "exchange-2")));
  const absl::Status tried = db::sqlite::ExchangeDurably(one.path(), other.path());
  return absl::IsUnimplemented(tried) ? CannotExchangeError(path, tried.message()) : tried;
}

absl::StatusOr<std::vector<std::string>> RemoveBlues(const std::string& database, int kept) {
  const fs::path path = backup::RealPath(database);
  const std::string prefix = absl::StrCat(path.filename().string(), kBlue);
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator entry(path.parent_path(), error);
       !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    int version = 0;
    const bool is_blue = absl::StartsWith(name, prefix) &&
                         absl::SimpleAtoi(absl::StripPrefix(name, prefix), &version);
    if (is_blue && version != kept) found.push_back(name);
  }
  if (error) {
    return db::sqlite::FileError(absl::StrCat("list ", path.parent_path().string()), error.value());
  }
  for (const std::string& name : found) {
    DAYBOOK_RETURN_IF_ERROR(db::sqlite::RemoveDatabase((path.parent_path() / name).string()));
  }
  return found;
}

}  // namespace daybook::migrator::green
