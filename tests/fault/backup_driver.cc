// Backs a database up and restores it, for tests that kill it meanwhile:
//   backup_driver make DIR JOURNAL_MODE   a database, a key, and a folder for backups
//   backup_driver change DIR              changes every row of it
//   backup_driver create DIR RUN [KEY]    makes a backup of it, as the migrator does
//   backup_driver restore DIR RUN [KEY]   restores the latest that is verified
//   backup_driver check DIR [KEY]         says what is wrong with a backup that claims
//                                         to be verified, or what the database holds

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "core/clock.h"
#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "migrator/backup/catalog.h"
#include "migrator/backup/contents.h"
#include "migrator/backup/create.h"
#include "migrator/backup/locks.h"
#include "migrator/backup/restore.h"
#include "migrator/backup/verify.h"
#include "migrator/sqlite/silent_observer.h"

namespace daybook::fault {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::FileLock;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::db::sqlite::Statement;
using ::daybook::migrator::backup::BackupJob;
using ::daybook::migrator::backup::Catalog;
using ::daybook::migrator::backup::Contents;
using ::daybook::migrator::backup::Manifest;

constexpr char kFill[] =
    "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT);"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
    " INSERT INTO t SELECT i, 'row ' || i FROM n;";

class Driver {
 public:
  Driver(const std::string& folder, const std::string& run, const std::string& key)
      : folder_(folder),
        job_{.database = folder + "/app.db",
             .folder = folder + "/backups",
             .key_file = key.empty() ? "" : absl::StrCat(folder, "/", key),
             .run_id = run,
             .build = "test",
             .clock = clock_,
             .observer = observer_} {}

  absl::Status Make(const std::string& journal_mode) {
    std::filesystem::create_directories(job_.folder);
    std::ofstream(folder_ + "/key") << std::string(32, 'k');
    DAYBOOK_ASSIGN_OR_RETURN(Connection made, Connection::Open(job_.database, OpenMode::kCreate));
    return made.Execute(absl::StrCat("PRAGMA journal_mode = ", journal_mode, ";", kFill));
  }

  absl::Status Change() {
    DAYBOOK_ASSIGN_OR_RETURN(Connection database,
                             Connection::Open(job_.database, OpenMode::kForeign));
    return database.Execute("UPDATE t SET x = 'changed'; CREATE TABLE later (x)");
  }

  absl::Status Create() {
    DAYBOOK_ASSIGN_OR_RETURN(const FileLock lock,
                             migrator::backup::LockForMigrating(job_.database));
    DAYBOOK_ASSIGN_OR_RETURN(Connection held, Connection::Open(job_.database, OpenMode::kForeign));
    DAYBOOK_RETURN_IF_ERROR(held.Execute("BEGIN IMMEDIATE"));
    return migrator::backup::CreateBackup(job_, {}, held).status();
  }

  absl::Status Restore() {
    DAYBOOK_ASSIGN_OR_RETURN(const Manifest latest,
                             migrator::backup::FindBackup(job_, "latest-verified"));
    return migrator::backup::RestoreBackup(job_, latest, {}).status();
  }

  absl::Status Check() {
    DAYBOOK_ASSIGN_OR_RETURN(const Catalog catalog, migrator::backup::ListBackups(job_));
    for (const Manifest& manifest : catalog.backups) {
      if (!manifest.has_verified_at()) continue;
      DAYBOOK_RETURN_IF_ERROR(migrator::backup::VerifyBackup(job_, manifest));
    }
    DAYBOOK_ASSIGN_OR_RETURN(Connection database,
                             Connection::Open(job_.database, OpenMode::kForeign));
    DAYBOOK_ASSIGN_OR_RETURN(Statement integrity, database.Prepare("PRAGMA integrity_check"));
    DAYBOOK_RETURN_IF_ERROR(integrity.Step().status());
    if (integrity.Bytes(0) != "ok") return absl::DataLossError(integrity.Bytes(0));
    DAYBOOK_ASSIGN_OR_RETURN(const Contents contents, migrator::backup::ReadContents(database));
    for (const auto& table : contents.table()) {
      std::cout << table.name() << " " << table.fingerprint() << "\n";
    }
    return absl::OkStatus();
  }

 private:
  const std::string folder_;
  const SystemClock clock_;
  migrator::sqlite::SilentObserver observer_;
  const BackupJob job_;
};

absl::Status Run(const std::vector<std::string>& arguments) {
  const auto argument = [&](size_t i) { return i < arguments.size() ? arguments[i] : ""; };
  const std::string command = argument(0);
  const bool has_run = command == "create" || command == "restore";
  Driver driver(argument(1), has_run ? argument(2) : "check", argument(has_run ? 3 : 2));
  if (command == "make") return driver.Make(argument(2));
  if (command == "change") return driver.Change();
  if (command == "create") return driver.Create();
  if (command == "restore") return driver.Restore();
  if (command == "check") return driver.Check();
  return absl::InvalidArgumentError("make, change, create, restore or check");
}

}  // namespace
}  // namespace daybook::fault

int main(int argc, char** argv) {
  const absl::Status outcome = daybook::fault::Run({argv + 1, argv + argc});
  if (outcome.ok()) return EXIT_SUCCESS;
  std::cerr << outcome.ToString() << "\n";
  return EXIT_FAILURE;
}
