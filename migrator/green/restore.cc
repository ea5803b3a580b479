#include "migrator/green/restore.h"

#include <filesystem>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "migrator/backup/catalog.h"
#include "migrator/backup/contents.h"
#include "migrator/backup/names.h"
#include "migrator/backup/scratch_file.h"
#include "migrator/backup/unpack.h"
#include "migrator/green/failures.h"
#include "migrator/green/go_back.h"
#include "migrator/green/row_digest.h"
#include "migrator/migration/failure.h"
#include "migrator/sqlite/planner.h"
#include "migrator/sqlite/silent_observer.h"

namespace daybook::migrator::green {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::migration::v1::Migration;
using ::daybook::migrator::backup::BackupJob;
using ::daybook::migrator::backup::Contents;
using ::daybook::migrator::backup::Manifest;
using ::daybook::migrator::sqlite::AppliedMigration;

// What the database holds, and its history, of one moment.
struct Present {
  Contents contents = {};
  std::vector<sqlite::RecordedEvent> events = {};
};

absl::StatusOr<Present> ReadPresent(const BackupJob& job) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, Connection::Open(job.database, OpenMode::kForeign));
  Present present;
  DAYBOOK_RETURN_IF_ERROR(database.InTransaction([&]() -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(present.contents, backup::ReadContents(database));
    DAYBOOK_ASSIGN_OR_RETURN(present.events, sqlite::ReadEvents(database));
    return absl::OkStatus();
  }));
  return present;
}

// In one transaction, whatever it was applied with: what it leads to is the same.
absl::Status ApplyAgain(Connection& copy, const AppliedMigration& applied, sqlite::Enums& enums,
                        const sqlite::RunOptions& how) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto schema, sqlite::SchemaModel::Read(copy));
  DAYBOOK_ASSIGN_OR_RETURN(sqlite::Plan plan, sqlite::PlanUp(applied.content, schema, enums));
  DAYBOOK_RETURN_IF_ERROR(sqlite::ChooseStrategy(Migration::SINGLE_TX, {}, plan));
  const migration::MigrationFile file{
      .migration = applied.content, .file_name = applied.name, .checksum = applied.checksum};
  return sqlite::ApplyOne(copy, file, plan, how);
}

// What the migrations `applied` make of the backup.
absl::StatusOr<Contents> Replay(const BackupJob& job, const Manifest& manifest,
                                const std::vector<AppliedMigration>& applied, sqlite::Enums enums,
                                const sqlite::RunOptions& options) {
  const std::string folder =
      std::filesystem::path(backup::DatabasePath(job)).parent_path().string();
  DAYBOOK_ASSIGN_OR_RETURN(backup::ScratchFile file, backup::Unpack(job, manifest, folder));
  file.Unlock();
  sqlite::SilentObserver silence;
  const sqlite::RunOptions how{.run_id = options.run_id,
                               .build = options.build,
                               .clock = options.clock,
                               .observer = silence,
                               .stop_asked = options.stop_asked};
  DAYBOOK_ASSIGN_OR_RETURN(Connection copy, Connection::Open(file.path(), OpenMode::kForeign));
  DAYBOOK_RETURN_IF_ERROR(copy.Execute("PRAGMA synchronous = OFF"));
  for (const AppliedMigration& one : applied) {
    DAYBOOK_RETURN_IF_ERROR(ApplyAgain(copy, one, enums, how));
  }
  return backup::ReadContents(copy);
}

absl::Status CannotProveError(const absl::Status& why) {
  if (absl::IsCancelled(why)) return why;
  return absl::AbortedError(absl::StrCat(
      "it cannot be proved that nobody has written since the backup: ", why.message()));
}

// The restore is done by now.
absl::Status Record(const BackupJob& job, const Present& before,
                    const std::vector<AppliedMigration>& newest_first,
                    const sqlite::RunOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, Connection::Open(job.database, OpenMode::kForeign));
  return database.InTransaction(
      [&] { return CarryHistory(database, before.events, newest_first, "restore", options); });
}

}  // namespace

absl::Status GoBackToBackup(const BackupJob& job, const std::vector<AppliedMigration>& history,
                            sqlite::Enums enums, backup::RestoreOptions how,
                            const sqlite::RunOptions& options) {
  const std::string& id = history.back().backup_id;
  if (id.empty()) return absl::NotFoundError("the history names no backup");
  DAYBOOK_ASSIGN_OR_RETURN(const Manifest manifest, backup::FindBackup(job, id));
  std::vector<AppliedMigration> since;
  for (const AppliedMigration& applied : history) {
    if (applied.version > manifest.schema_version()) since.push_back(applied);
  }
  job.observer.Phase("validate", "proving that nobody has written since the backup");
  DAYBOOK_ASSIGN_OR_RETURN(const Present present, ReadPresent(job));
  const auto replayed = Replay(job, manifest, since, std::move(enums), options);
  if (!replayed.ok()) return CannotProveError(replayed.status());
  if (DigestOfRows(*replayed) != DigestOfRows(present.contents)) {
    return absl::AbortedError("the database was written to since the backup");
  }
  how.current_contents = &present.contents;
  DAYBOOK_RETURN_IF_ERROR(backup::RestoreBackup(job, manifest, how).status());
  const absl::Status recorded = Record(job, present, {since.rbegin(), since.rend()}, options);
  if (!recorded.ok()) {
    job.observer.Note("warning",
                      absl::StrCat("the way back is not in the history: ", recorded.message()), {});
  }
  return absl::OkStatus();
}

}  // namespace daybook::migrator::green
