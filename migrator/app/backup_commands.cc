// The commands about backups. None of them needs the migrations.

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "migrator/app/backups.h"
#include "migrator/app/commands.h"
#include "migrator/app/locks.h"
#include "migrator/app/report_observer.h"
#include "migrator/app/state.h"
#include "migrator/backup/catalog.h"
#include "migrator/backup/drill.h"
#include "migrator/backup/prune.h"
#include "migrator/backup/restore.h"
#include "migrator/backup/restore_table.h"
#include "migrator/backup/verify.h"
#include "migrator/sqlite/history.h"

namespace daybook::migrator::app {
namespace {

using backup::Manifest;
using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::FileLock;

constexpr double kMebi = 1 << 20;

std::string TimeOf(const google::protobuf::Timestamp& time) { return FormatTime(MicrosOf(time)); }

std::string DescribeState(const backup::BackupJob& job, const Manifest& manifest) {
  if (!manifest.has_verified_at()) return "not finished";
  return backup::IsVerifiedAndThere(job, manifest) ? "verified" : "its file is gone or cut off";
}

void TellBackup(const backup::BackupJob& job, const Manifest& manifest, Report& report) {
  const std::string state = DescribeState(job, manifest);
  report.Step(
      "backup",
      absl::StrFormat("%-48s  version %-4d  %9.1f MiB  %s  %s%s", manifest.id(),
                      manifest.schema_version(), static_cast<double>(manifest.bytes()) / kMebi,
                      manifest.why(), state, manifest.encrypted() ? ", encrypted" : ""),
      {{"id", manifest.id()},
       {"file", manifest.file()},
       {"version", absl::StrCat(manifest.schema_version())},
       {"why", manifest.why()},
       {"state", state},
       {"created_at", TimeOf(manifest.created_at())},
       {"bytes", absl::StrCat(manifest.bytes())},
       {"encrypted", manifest.encrypted() ? "true" : "false"},
       {"attempts", absl::StrCat(manifest.attempts())},
       {"uploaded_at", manifest.has_uploaded_at() ? TimeOf(manifest.uploaded_at()) : ""},
       {"drilled_at", manifest.has_drill() ? TimeOf(manifest.drill().at()) : ""}});
}

// The history of a database that may be anything by now: none where it cannot be
// read.
std::vector<sqlite::AppliedMigration> HistoryIfAny(const Options& options) {
  absl::StatusOr<Connection> database = OpenForReading(options);
  if (!database.ok()) return {};
  auto history = sqlite::ReadHistory(*database);
  return history.ok() ? *std::move(history) : std::vector<sqlite::AppliedMigration>();
}

absl::StatusOr<Manifest> Create(const Options& options, sqlite::Observer& observer) {
  DAYBOOK_ASSIGN_OR_RETURN(const FileLock lock, LockForMigrating(options));
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, OpenForChange(options));
  DAYBOOK_ASSIGN_OR_RETURN(const auto history, sqlite::ReadHistory(database));
  std::optional<Manifest> made;
  DAYBOOK_RETURN_IF_ERROR(database.InTransaction([&]() -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(made, backup::CreateBackup(JobOf(options, observer),
                                                        WantedBackup(history, options), database));
    return absl::OkStatus();
  }));
  return *std::move(made);
}

// A history that cannot be read may name any of them.
absl::StatusOr<std::vector<std::string>> Prune(const Options& options, sqlite::Observer& observer) {
  DAYBOOK_ASSIGN_OR_RETURN(const FileLock lock, LockForMigrating(options));
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, OpenForReading(options));
  DAYBOOK_ASSIGN_OR_RETURN(const auto history, sqlite::ReadHistory(database));
  return backup::PruneBackups(JobOf(options, observer), RetentionFor(history, options));
}

ExitCode TellRestored(const Manifest& manifest, const backup::Restored& restored, Report& report) {
  const std::string before =
      restored.previous_backup.empty()
          ? ""
          : absl::StrCat("; what was there before is backup ", restored.previous_backup);
  return report.Result(
      ExitCode::kDone, "restored",
      absl::StrCat("restored backup ", manifest.id(), " in ",
                   absl::FormatDuration(absl::Trunc(restored.took, absl::Milliseconds(1))), before),
      "",
      {{"backup", manifest.id()},
       {"previous_backup", restored.previous_backup},
       {"set_aside", restored.set_aside},
       {"milliseconds", absl::StrCat(absl::ToInt64Milliseconds(restored.took))}});
}

ExitCode TellRestoredTable(const Manifest& manifest, const std::string& table,
                           const backup::RestoredTable& restored, Report& report) {
  return report.Result(ExitCode::kDone, "restored_table",
                       absl::StrCat("restored table ", table, " from backup ", manifest.id(), ": ",
                                    restored.rows, " rows, where there were ", restored.rows_before,
                                    "; what was there before is backup ", restored.previous_backup),
                       "",
                       {{"backup", manifest.id()},
                        {"table", table},
                        {"rows", absl::StrCat(restored.rows)},
                        {"rows_before", absl::StrCat(restored.rows_before)},
                        {"previous_backup", restored.previous_backup}});
}

absl::StatusOr<Manifest> Find(const backup::BackupJob& job, const Options& options) {
  return backup::FindBackup(job, options.backup.id);
}

}  // namespace

ExitCode BackupCreate(const Options& options, Report& report) {
  ReportObserver observer(report);
  const absl::StatusOr<Manifest> made = Create(options, observer);
  if (!made.ok()) return report.Fail(made.status());
  return report.Result(ExitCode::kDone, "backed_up",
                       absl::StrCat("backup ", made->id(), " is verified"), "",
                       {{"backup", made->id()},
                        {"file", made->file()},
                        {"bytes", absl::StrCat(made->bytes())},
                        {"attempts", absl::StrCat(made->attempts())}});
}

ExitCode BackupList(const Options& options, Report& report) {
  ReportObserver observer(report);
  const backup::BackupJob job = JobOf(options, observer);
  const absl::StatusOr<backup::Catalog> catalog = backup::ListBackups(job);
  if (!catalog.ok()) return report.Fail(catalog.status());
  for (const Manifest& manifest : catalog->backups) TellBackup(job, manifest, report);
  for (const std::string& fault : catalog->unreadable) report.Step("unreadable", fault);
  return report.Result(ExitCode::kDone, "listed", absl::StrCat(catalog->backups.size(), " backups"),
                       "", {{"backups", absl::StrCat(catalog->backups.size())}});
}

ExitCode BackupVerify(const Options& options, Report& report) {
  ReportObserver observer(report);
  const backup::BackupJob job = JobOf(options, observer);
  const absl::StatusOr<Manifest> manifest = Find(job, options);
  if (!manifest.ok()) return report.Fail(manifest.status());
  const absl::Status verified = backup::VerifyBackup(job, *manifest);
  if (!verified.ok()) return report.Fail(verified, {{"backup", manifest->id()}});
  return report.Result(ExitCode::kDone, "verified",
                       absl::StrCat("backup ", manifest->id(), " is what was verified"), "",
                       {{"backup", manifest->id()}});
}

ExitCode BackupRestore(const Options& options, Report& report) {
  ReportObserver observer(report);
  const backup::BackupJob job = JobOf(options, observer);
  const absl::StatusOr<Manifest> manifest = Find(job, options);
  if (!manifest.ok()) return report.Fail(manifest.status());
  const backup::RestoreOptions how{.current = WantedBackup(HistoryIfAny(options), options),
                                   .from_another_database = options.backup.from_another_database,
                                   .set_damaged_aside = options.backup.set_damaged_aside};
  if (options.backup.table.empty()) {
    const auto restored = backup::RestoreBackup(job, *manifest, how);
    return restored.ok() ? TellRestored(*manifest, *restored, report)
                         : report.Fail(restored.status());
  }
  const auto restored = backup::RestoreTable(job, *manifest, options.backup.table, how);
  return restored.ok() ? TellRestoredTable(*manifest, options.backup.table, *restored, report)
                       : report.Fail(restored.status());
}

ExitCode BackupDrill(const Options& options, Report& report) {
  ReportObserver observer(report);
  const backup::BackupJob job = JobOf(options, observer);
  absl::StatusOr<Manifest> manifest = Find(job, options);
  if (!manifest.ok()) return report.Fail(manifest.status());
  const absl::Status restored = backup::RehearseRestore(job, *manifest);
  if (!restored.ok()) return report.Fail(restored, {{"backup", manifest->id()}});
  const std::string took = absl::StrCat(manifest->drill().duration_us() / 1'000);
  return report.Result(ExitCode::kDone, "drilled",
                       absl::StrCat("backup ", manifest->id(), " can be restored: it took ", took,
                                    " ms to unpack and to prove"),
                       "", {{"backup", manifest->id()}, {"milliseconds", took}});
}

ExitCode BackupPrune(const Options& options, Report& report) {
  ReportObserver observer(report);
  const auto removed = Prune(options, observer);
  if (!removed.ok()) return report.Fail(removed.status());
  for (const std::string& id : *removed) {
    report.Step("backup_removed", absl::StrCat("removed ", id), {{"backup", id}});
  }
  return report.Result(ExitCode::kDone, "pruned", absl::StrCat(removed->size(), " backups removed"),
                       "", {{"removed", absl::StrCat(removed->size())}});
}

}  // namespace daybook::migrator::app
