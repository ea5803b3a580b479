#include "migrator/arguments.h"

#include <fstream>
#include <map>

#include <CLI/CLI.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "migrator/database.h"

namespace daybook::migrator {
namespace {

using UploadPolicy = backup::Upload::Policy;

void AddTo(CLI::App& command, Arguments& arguments, const char* help) {
  command.add_option("--to", arguments.options.to, help)->check(CLI::NonNegativeNumber);
}

}  // namespace

void AddCommonOptions(CLI::App& command, Arguments& arguments) {
  command.add_option("--database", arguments.database, "sqlite:PATH")
      ->envname("DAYBOOK_MIGRATE_DATABASE");
  command.add_option("--database-file", arguments.database_file,
                     "A file that holds what --database would say, such as a mounted secret");
  command
      .add_option("--migrations", arguments.options.migrations, "The folder of the migration files")
      ->envname("DAYBOOK_MIGRATE_MIGRATIONS");
  command.add_option("--format", arguments.format, "text, or json: one object a line")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Format>{{"text", Format::kText}, {"json", Format::kJson}}));
  command.add_option("--termination-log", arguments.termination_log,
                     "Writes the result there as JSON, for Kubernetes");
  command
      .add_option("--lock-timeout", arguments.lock_timeout_s,
                  "Seconds to wait for other migrators, services and writers")
      ->check(CLI::Range(0.0, 86'400.0))
      ->capture_default_str();
}

void AddNoOptions(CLI::App& /*command*/, Arguments& /*arguments*/) {}

void AddApplyOptions(CLI::App& command, Arguments& arguments) {
  AddPlanOptions(command, arguments);
  AddBackupCreateOptions(command, arguments);
  command.add_option("--approve", arguments.options.approve, "Apply only the plan with this hash");
  command.add_flag("--create", arguments.options.create,
                   "Make an empty database where there is none");
  CLI::Option* const accepts =
      command.add_flag("--i-accept-data-loss", arguments.accepts_data_loss,
                       "With --no-backup: there may be no way back but your own");
  command
      .add_flag("--no-backup", arguments.options.backup.none,
                "Make no backup; the history will say so")
      ->needs(accepts);
  command
      .add_option(
          "--segment-events", arguments.create_store.segment_events,
          "Events a segment takes; fixed when the store is made, other values are for tests")
      ->check(CLI::Range(1, 1 << 22))
      ->capture_default_str();
}

void AddPlanOptions(CLI::App& command, Arguments& arguments) {
  AddTo(command, arguments, "The version to reach; the newest when left out");
}

void AddStatusOptions(CLI::App& command, Arguments& arguments) {
  command.add_flag("--exit-code", arguments.options.exit_code,
                   "End with 3 where something is pending");
}

void AddRollbackOptions(CLI::App& command, Arguments& arguments) {
  AddTo(command, arguments, "The version to go back to; the one before when left out");
  command
      .add_option("--via", arguments.options.via,
                  "auto: blue, else down, else restore; blue: the database that BLUE_GREEN left"
                  " beside it; down: each migration's own way back; restore: the backup. blue and"
                  " restore only where nobody has written since")
      ->transform(
          CLI::CheckedTransformer(std::map<std::string, app::Via>{{"auto", app::Via::kAuto},
                                                                  {"blue", app::Via::kBlue},
                                                                  {"down", app::Via::kDown},
                                                                  {"restore", app::Via::kRestore}}))
      ->default_str("auto");
  command.add_option("--reason", arguments.options.reason, "Why, for the history");
  AddBackupCreateOptions(command, arguments);
}

void AddBaselineOptions(CLI::App& command, Arguments& arguments) {
  AddTo(command, arguments, "The last version in place; 1 when left out");
}

void AddNewOptions(CLI::App& command, Arguments& arguments) {
  command.add_option("--name,name", arguments.options.name, "a-z, 0-9 and _")->required();
}

void AddBackupOptions(CLI::App& command, Arguments& arguments) {
  app::BackupOptions& backup = arguments.options.backup;
  command
      .add_option("--backup-dir", backup.folder,
                  "Where backups lie; the folder of the database when left out")
      ->envname("DAYBOOK_MIGRATE_BACKUP_DIR");
  command
      .add_option("--backup-key-file", backup.key_file,
                  "Encrypts and decrypts them: 32 bytes, or 64 hex digits")
      ->envname("DAYBOOK_MIGRATE_BACKUP_KEY_FILE");
}

void AddBackupCreateOptions(CLI::App& command, Arguments& arguments) {
  AddBackupOptions(command, arguments);
  backup::Upload& upload = arguments.options.backup.upload;
  command
      .add_option("--backup-upload", upload.command,
                  "A program that takes a backup elsewhere, run with its path and its manifest's")
      ->envname("DAYBOOK_MIGRATE_BACKUP_UPLOAD");
  command
      .add_option("--backup-upload-policy", upload.policy,
                  "required: without it there is no backup; best-effort: a failure is told")
      ->transform(CLI::CheckedTransformer(std::map<std::string, UploadPolicy>{
          {"required", UploadPolicy::kRequired}, {"best-effort", UploadPolicy::kBestEffort}}));
}

void AddBackupPruneOptions(CLI::App& command, Arguments& arguments) {
  AddBackupOptions(command, arguments);
  command.add_option("--backup-retention", arguments.retention_days, "Days that backups are kept")
      ->check(CLI::Range(0.0, 36'500.0))
      ->envname("DAYBOOK_MIGRATE_BACKUP_RETENTION")
      ->capture_default_str();
}

void AddBackupChoiceOptions(CLI::App& command, Arguments& arguments) {
  AddBackupOptions(command, arguments);
  command
      .add_option("--backup", arguments.options.backup.id,
                  "Its id, as backup list shows it, or latest-verified")
      ->capture_default_str();
}

void AddBackupRestoreOptions(CLI::App& command, Arguments& arguments) {
  AddBackupChoiceOptions(command, arguments);
  app::BackupOptions& backup = arguments.options.backup;
  command.add_option("--table", backup.table, "Restore the rows of this table alone");
  command.add_flag("--from-another-database", backup.from_another_database,
                   "Take a backup that was made of another file");
  command.add_flag("--set-damaged-aside", backup.set_damaged_aside,
                   "Where the database is too damaged for a backup, keep its files as they are");
}

absl::StatusOr<std::string> FindDatabase(const Arguments& arguments) {
  std::string url = arguments.database;
  if (url.empty() && !arguments.database_file.empty()) {
    std::ifstream file(arguments.database_file);
    if (!std::getline(file, url)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--database-file ", arguments.database_file, " cannot be read"));
    }
  }
  if (url.empty()) return absl::InvalidArgumentError("--database is missing");
  const absl::StatusOr<Database> database = ParseDatabase(absl::StripAsciiWhitespace(url));
  if (!database.ok()) return database.status();
  return database->path;
}

}  // namespace daybook::migrator
