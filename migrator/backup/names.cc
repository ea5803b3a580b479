#include "migrator/backup/names.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include <sys/stat.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "db/sqlite/file_lock.h"
#include "migrator/vault/hasher.h"

namespace daybook::migrator::backup {
namespace {

namespace fs = std::filesystem;

using ::daybook::db::sqlite::FileError;
using ::daybook::db::sqlite::FileLock;

constexpr char kPartial[] = ".partial";
constexpr char kRehearsal[] = "rehearsal-";
constexpr size_t kPathHashDigits = 8;

// Names of files hold what every file system and shell takes.
std::string Plain(const std::string& text) {
  std::string plain = text;
  for (char& c : plain) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '.') c = '_';
  }
  return plain;
}

std::string StemOf(const BackupJob& job) {
  return Plain(fs::path(DatabasePath(job)).stem().string());
}

// Two databases of one name may share a folder of backups.
std::string PartialPrefix(const BackupJob& job) {
  vault::Hasher hasher;
  hasher.Add(DatabasePath(job));
  return absl::StrCat(".", StemOf(job), ".", hasher.Finish().substr(0, kPathHashDigits), ".");
}

// A file that has another name too may be the database itself, which a restore
// gave a second one before it replaced it: to open and close it would take the
// locks of this process on it. Nobody is writing such a file anew.
bool IsInUse(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) == 0 && status.st_nlink > 1) return false;
  return !FileLock::Acquire(path).ok();
}

std::string TimeAndRun(const BackupJob& job, absl::Time at) {
  return absl::StrCat(absl::FormatTime("%Y%m%dT%H%M%SZ", at, absl::UTCTimeZone()), "-",
                      Plain(job.run_id));
}

absl::StatusOr<std::vector<std::string>> NamesIn(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error) return FileError(absl::StrCat("list ", folder), error.value());
  return names;
}

}  // namespace

std::string RealPath(const std::string& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  const fs::path real = fs::weakly_canonical(absolute, error);
  return error ? absolute.string() : real.string();
}

std::string DatabasePath(const BackupJob& job) { return RealPath(job.database); }

std::string FolderOf(const BackupJob& job) {
  if (!job.folder.empty()) return RealPath(job.folder);
  return fs::path(DatabasePath(job)).parent_path().string();
}

std::string BackupIdPrefix(const BackupJob& job) { return absl::StrCat(StemOf(job), "-"); }

std::string BackupId(const BackupJob& job, int version, absl::Time at) {
  return absl::StrCat(BackupIdPrefix(job), version, "-", TimeAndRun(job, at));
}

std::string BackupFileName(const std::string& id, bool encrypted) {
  return absl::StrCat(id, ".sqlite", encrypted ? ".enc" : "");
}

std::string ManifestFileName(const std::string& id) { return absl::StrCat(id, ".json"); }

std::string RehearsalFileName(const BackupJob& job, absl::Time at) {
  return absl::StrCat(BackupIdPrefix(job), kRehearsal, TimeAndRun(job, at), ".json");
}

bool IsRehearsalFileName(const BackupJob& job, absl::string_view name) {
  // What follows is a time. Of a backup of a database called <database>-rehearsal
  // it is a version.
  constexpr size_t kDateDigits = 8;
  if (!absl::ConsumePrefix(&name, BackupIdPrefix(job)) || !absl::ConsumePrefix(&name, kRehearsal) ||
      !absl::EndsWith(name, ".json")) {
    return false;
  }
  const size_t digits = std::min(name.find_first_not_of("0123456789"), name.size());
  return digits == kDateDigits && name[digits] == 'T';
}

std::string PartialPath(const BackupJob& job, const std::string& folder, absl::string_view kind) {
  return absl::StrCat(folder, "/", PartialPrefix(job), Plain(job.run_id), ".", kind, kPartial);
}

absl::Status RemovePartials(const BackupJob& job, const std::string& folder) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(folder));
  const std::string prefix = PartialPrefix(job);
  for (const std::string& name : names) {
    const size_t end = name.rfind(kPartial);
    if (!absl::StartsWith(name, prefix) || end == std::string::npos) continue;
    // A journal of one is removed with it.
    const std::string path = absl::StrCat(folder, "/", name.substr(0, end + sizeof(kPartial) - 1));
    if (IsInUse(path)) continue;
    DAYBOOK_RETURN_IF_ERROR(db::sqlite::RemoveDatabase(path));
    job.observer.Note("leftover", absl::StrCat("removed ", path, ", which a run left unfinished"),
                      {{"file", path}});
  }
  return absl::OkStatus();
}

}  // namespace daybook::migrator::backup
