#include "migrator/app/file_symptoms.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

#include "core/timestamp.h"
#include "db/sqlite/file_lock.h"
#include "migrator/app/backups.h"
#include "migrator/app/report_observer.h"
#include "migrator/backup/catalog.h"
#include "migrator/backup/locks.h"

namespace daybook::migrator::app {
namespace {

namespace fs = std::filesystem;

using ::daybook::db::sqlite::FileLock;
using migration::ExitCode;

bool HasOpen(const fs::path& process, const std::string& file) {
  std::error_code error;
  for (fs::directory_iterator it(process / "fd", error), end; !error && it != end;
       it.increment(error)) {
    std::error_code unreadable;
    if (fs::read_symlink(it->path(), unreadable) == file) return true;
  }
  return false;
}

std::string NameOf(const fs::path& process) {
  std::ifstream file(process / "comm");
  std::string name;
  std::getline(file, name);
  return name;
}

// The processes that have a file open, as far as this one may see them.
std::vector<std::string> Holders(const std::string& path) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  std::vector<std::string> holders;
  if (error) return holders;
  for (fs::directory_iterator it("/proc", error), end; !error && it != end; it.increment(error)) {
    const std::string pid = it->path().filename().string();
    const bool is_process =
        std::all_of(pid.begin(), pid.end(), [](unsigned char c) { return absl::ascii_isdigit(c); });
    if (is_process && HasOpen(it->path(), real.string())) {
      holders.push_back(absl::StrCat("process ", pid, " (", NameOf(it->path()), ")"));
    }
  }
  return holders;
}

std::string ByWhom(const std::string& path) {
  const std::vector<std::string> holders = Holders(path);
  if (holders.empty()) return "by whom cannot be seen from here";
  return absl::StrCat("by ", absl::StrJoin(holders, ", "));
}

struct Lock {
  std::string path;
  Symptom held;
};

void LookAtLock(const Lock& lock, Symptoms& symptoms) {
  const absl::StatusOr<bool> is_held = FileLock::IsHeld(lock.path);
  if (is_held.ok() && !*is_held) return;
  Symptom symptom = lock.held;
  if (is_held.ok()) {
    absl::StrAppend(&symptom.text, ": ", lock.path, " is held, ", ByWhom(lock.path));
  } else {
    symptom.text = absl::StrCat(lock.path, " cannot be looked at: ", is_held.status().message());
    symptom.code = ExitCode::kDone;
  }
  symptoms.push_back(std::move(symptom));
}

bool HasBytes(const std::string& path) {
  std::error_code error;
  const auto bytes = fs::file_size(path, error);
  return !error && bytes > 0;
}

// A journal that nobody has open was left by a program that did not end well.
void LookAtJournals(const std::string& database, Symptoms& symptoms) {
  const bool has_wal = HasBytes(database + "-wal");
  const bool has_journal = HasBytes(database + "-journal");
  if ((!has_wal && !has_journal) || !Holders(database).empty()) return;
  if (has_wal) {
    symptoms.push_back(
        {.id = "wal",
         .text = absl::StrCat("no program that can be seen from here has the database open, and"
                              " there is a ",
                              database,
                              "-wal: an application ended without closing"
                              " the database. Its last changes are in that file, and nothing is"
                              " lost as long as both stay together"),
         .next = "let the application open the database again; copy neither file alone"});
  }
  if (has_journal) {
    symptoms.push_back(
        {.id = "journal",
         .text = absl::StrCat("there is a ", database,
                              "-journal that no program has open: an"
                              " application ended in the middle of a change, which SQLite takes"
                              " back when the database is opened for writing next"),
         .next = "let the application open the database again; remove nothing"});
  }
}

}  // namespace

Symptoms LookAround(const Options& options) {
  Symptoms symptoms;
  const std::string& database = options.database;
  LookAtLock({.path = backup::MigrateLockOf(database),
              .held = {.id = "migrate_lock",
                       .text = "another migrator is at work",
                       .next = "let it finish; its lock goes with its process",
                       .code = ExitCode::kLockHeld}},
             symptoms);
  LookAtLock({.path = backup::ServiceLockOf(database),
              .held = {.id = "service_lock",
                       .text = "a service is using the database, and migrations wait for it",
                       .next = "stop it before daybook-migrate apply"}},
             symptoms);
  LookAtJournals(database, symptoms);
  return symptoms;
}

Symptoms LookAtBackups(const std::vector<sqlite::AppliedMigration>& history, const Options& options,
                       Report& report) {
  Symptoms symptoms;
  if (history.empty()) return symptoms;
  ReportObserver observer(report);
  const backup::BackupJob job = JobOf(options, observer);
  const absl::StatusOr<backup::Catalog> catalog = backup::ListBackups(job);
  if (!catalog.ok()) {
    symptoms.push_back({.id = "backups",
                        .text = std::string(catalog.status().message()),
                        .next = migration::NextIn(catalog.status()),
                        .code = ExitCode::kBackup});
    return symptoms;
  }
  for (const std::string& sentence : catalog->unreadable) {
    symptoms.push_back({.id = "backup_manifest", .text = sentence});
  }
  const auto newest =
      std::find_if(catalog->backups.begin(), catalog->backups.end(),
                   [&](const auto& manifest) { return IsVerifiedAndThere(job, manifest); });
  if (newest == catalog->backups.end()) {
    symptoms.push_back({.id = "backups",
                        .text = "migrations were applied, and no verified backup of the database is"
                                " in the backup folder",
                        .next = "name the folder by --backup-dir, or daybook-migrate backup create",
                        .code = ExitCode::kBackup});
    return symptoms;
  }
  const absl::Time made = absl::FromUnixMicros(MicrosOf(newest->created_at()));
  if (options.clock.Now() - made > options.backup.keep) {
    symptoms.push_back(
        {.id = "backup_age",
         .text = absl::StrCat("the newest verified backup is of ", FormatTime(FloorToMicros(made))),
         .next = "daybook-migrate backup create"});
  }
  return symptoms;
}

}  // namespace daybook::migrator::app
