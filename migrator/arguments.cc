#include "migrator/arguments.h"

#include <fstream>
#include <functional>
#include <map>

#include <CLI/CLI.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

#include "migrator/database.h"

namespace daybook::migrator {
namespace {

using UploadPolicy = backup::Upload::Policy;

void AddTo(CLI::App& command, Arguments& arguments, const char* help) {
  command.add_option("--to", arguments.options.to, help)->check(CLI::NonNegativeNumber);
}

// Turns "48h" into "48".
std::string HoursOf(const std::string& text) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) || duration <= absl::ZeroDuration()) {
    throw CLI::ValidationError(absl::StrCat("--require-rehearsal ", text), "not a duration: 48h");
  }
  return absl::StrCat(absl::ToDoubleHours(duration));
}

// Where the copy lies.
void AddTrialOptions(CLI::App& command, Arguments& arguments) {
  AddBackupOptions(command, arguments);
  command
      .add_option("--work-dir", arguments.options.trial.folder,
                  "Where the copy lies; the folder of the backups when left out")
      ->envname("DAYBOOK_MIGRATE_WORK_DIR");
}

// Who is told of what was done.
void AddOutletOptions(CLI::App& command, Arguments& arguments) {
  app::Outlets& outlets = arguments.options.outlets;
  command
      .add_option("--spool-dir", outlets.spool_dir,
                  "Leaves there what was done, for daybookd to record")
      ->envname("DAYBOOK_SPOOL_DIR");
  command
      .add_option("--metrics-textfile", outlets.metrics_file,
                  "Writes there how it went, for Prometheus")
      ->envname("DAYBOOK_MIGRATE_METRICS_TEXTFILE");
  command
      .add_option("--hook", outlets.hooks,
                  "A command that is told what happens, as JSON on its standard input; repeatable")
      ->allow_extra_args(false)
      ->envname("DAYBOOK_MIGRATE_HOOK");
  command
      .add_option("--hook-policy", outlets.hooks_required,
                  "required: nothing is changed unless hooks agree; best-effort: a failure is told")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, bool>{{"required", true}, {"best-effort", false}}));
}

CLI::Option* AddRowId(CLI::App& command, Arguments& arguments) {
  return command.add_option("--id", arguments.options.quarantine.id, "The row with this number")
      ->check(CLI::PositiveNumber);
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
  AddPreflightOptions(command, arguments);
  AddOutletOptions(command, arguments);
  command.add_option("--window", arguments.window,
                     "The part of the day in which to apply, as in 02:00-04:00");
  command.add_option("--timezone", arguments.time_zone,
                     "Of --window, as in Europe/Berlin; the machine's when left out");
  command.add_option("--deadline", arguments.deadline,
                     "After which it is rolled back, as in 5m or 1h30m");
}

void AddPreflightOptions(CLI::App& command, Arguments& arguments) {
  AddPlanOptions(command, arguments);
  command.add_flag("--warnings-as-errors", arguments.options.warnings_as_errors,
                   "Change nothing where anything is warned of");
  AddBackupCreateOptions(command, arguments);
  command.add_option("--approve", arguments.options.approve, "Apply only the plan with this hash");
  command
      .add_option("--require-rehearsal", arguments.rehearsal_hours,
                  "Apply only what a rehearsal of at most this age has applied: 48h")
      ->transform(std::function<std::string(std::string)>(HoursOf))
      ->envname("DAYBOOK_MIGRATE_REQUIRE_REHEARSAL");
  command.add_option("--report", arguments.options.trial.report,
                     "The report of that rehearsal; looked for beside the backups when left out");
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

void AddExplainOptions(CLI::App& command, Arguments& arguments) {
  AddPlanOptions(command, arguments);
  AddBackupOptions(command, arguments);
  command.add_flag("--explain", arguments.options.explain,
                   "As a runbook in Markdown, for the people who will run it");
}

void AddStatusOptions(CLI::App& command, Arguments& arguments) {
  command.add_flag("--exit-code", arguments.options.exit_code,
                   "End with 3 where something is pending");
}

void AddVerifyOptions(CLI::App& command, Arguments& arguments) {
  command.add_flag("--read-only", arguments.options.read_only,
                   "Look at the schema and all rows, and try nothing");
}

void AddRollbackOptions(CLI::App& command, Arguments& arguments) {
  AddTo(command, arguments, "The version to go back to; the one before when left out");
  AddOutletOptions(command, arguments);
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

void AddTestOptions(CLI::App& command, Arguments& arguments) {
  AddTo(command, arguments, "The version to reach; the newest when left out");
  AddTrialOptions(command, arguments);
  app::TrialOptions& trial = arguments.options.trial;
  CLI::Option* const fixture = command.add_option(
      "--fixture", trial.fixture, "A file of SQL that makes the database, instead of --database");
  command
      .add_option("--baseline", trial.baseline,
                  "With --fixture: up to which version it is what the migrations make")
      ->needs(fixture)
      ->check(CLI::NonNegativeNumber);
  command
      .add_option("--last", trial.last,
                  "Where nothing is pending: how many to take back; all when left out")
      ->check(CLI::PositiveNumber);
}

void AddRehearseOptions(CLI::App& command, Arguments& arguments) {
  AddTo(command, arguments, "The version to reach; the newest when left out");
  AddTrialOptions(command, arguments);
  app::TrialOptions& trial = arguments.options.trial;
  command.add_option(
      "--exec", trial.command,
      "Runs this by sh on the migrated copy, which DAYBOOK_REHEARSAL_DATABASE names");
  command.add_flag("--no-down", trial.no_down, "Leave the way back out");
  command.add_option("--report", trial.report,
                     "Where the report goes; beside the backups when left out");
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

absl::StatusOr<app::TimeLimits> FindTimeLimits(const Arguments& arguments, absl::Time now) {
  app::TimeLimits limits;
  absl::TimeZone zone = absl::LocalTimeZone();
  if (!arguments.time_zone.empty() && !absl::LoadTimeZone(arguments.time_zone, &zone)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--timezone ", arguments.time_zone, " is not known here"));
  }
  if (!arguments.window.empty()) {
    auto window = app::Window::Parse(arguments.window, zone);
    if (!window.ok()) return window.status();
    limits.window = *std::move(window);
  }
  if (arguments.deadline.empty()) return limits;
  absl::Duration allowed;
  if (!absl::ParseDuration(arguments.deadline, &allowed) || allowed <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--deadline ", arguments.deadline, " is no duration: say 90s, 5m or 1h30m"));
  }
  limits.deadline = {.end = now + allowed,
                     .set_by = absl::StrCat("--deadline ", arguments.deadline)};
  return limits;
}

void AddQuarantineListOptions(CLI::App& command, Arguments& arguments) {
  command.add_option("--limit", arguments.options.quarantine.limit, "How many lines at most")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
}

void AddQuarantineShowOptions(CLI::App& command, Arguments& arguments) {
  AddRowId(command, arguments)->required();
  command.add_flag("--show-values", arguments.options.quarantine.show_values,
                   "Tell what the row holds, and not only of which type");
}

void AddQuarantineReplayOptions(CLI::App& command, Arguments& arguments) {
  app::QuarantineOptions& quarantine = arguments.options.quarantine;
  CLI::Option_group* const which = command.add_option_group("which", "One of");
  AddRowId(*which, arguments);
  which->add_option("--constraint", quarantine.constraint, "The rows that broke this constraint");
  which->add_flag("--all", quarantine.all, "Every row");
  which->require_option(1);
}

void AddQuarantineExportOptions(CLI::App& command, Arguments& arguments) {
  command.add_option("--to", arguments.options.quarantine.file, "A file, which must not exist")
      ->required();
}

void AddQuarantinePurgeOptions(CLI::App& command, Arguments& arguments) {
  app::QuarantineOptions& quarantine = arguments.options.quarantine;
  CLI::Option_group* const which = command.add_option_group("which", "One of");
  AddRowId(*which, arguments);
  which->add_option("--subject", quarantine.subject,
                    "TABLE.COLUMN=VALUE: the rows of the table with this value");
  which->add_option("--before", quarantine.before, "The rows that were kept before then, RFC 3339");
  which->require_option(1);
  command.add_flag("--yes-purge", quarantine.yes_purge,
                   "Remove the values; nothing brings them back");
}

void AddEnvironmentOptions(CLI::App& command, Arguments& arguments) {
  command.add_option("--set", arguments.options.environment,
                     "a-z, 0-9, _ and -, such as production");
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
