#include <unistd.h>

#include <fstream>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>
#include <sys/stat.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "core/clock.h"
#include "db/sqlite/connection.h"
#include "ledger/salt.h"
#include "migrator/app/commands.h"
#include "migrator/app/conclusion.h"
#include "migrator/arguments.h"
#include "migrator/report.h"
#include "migrator/signals.h"
#include "migrator/store/store_commands.h"
#include "schema/version.h"
#include "telemetry/progress.h"

namespace daybook::migrator {
namespace {

constexpr char kFooter[] =
    "Without --migrations the database is a store of daybookd, and PATH its folder; with it, the\n"
    "database file of an application.\n"
    "Exit codes: 0 done or nothing pending; 2 usage; 3 pending (status --exit-code); 4 history\n"
    "mismatch or drift; 5 newer than these migrations; preflight: 10 rows in the way, 11 no space\n"
    "or permission, 12 lint or approval; retry: 20 unreachable, 21 another migrator, 23 a live\n"
    "service; rolled back: 30 failed, 31 verification failed, 33 over the budget; 32 an operator "
    "is\n"
    "needed; 40 no verified backup, nothing changed; 41 restore failed, nothing changed; 143 and\n"
    "130 stopped by a signal, rolled back. docs/operations.md has them all.\n"
    "Something is wrong: daybook-migrate doctor says what, and what helps.\n"
    "Examples: daybook-migrate apply --database sqlite:/var/lib/daybook\n"
    "          daybook-migrate plan --database sqlite:app.db --migrations migrations";

// What a command needs to know before it begins.
enum class Needs {
  kNothing,             // no database
  kDatabase,            // of an application
  kDatabaseMigrations,  // of an application, with its migrations
  kMigrations,          // migrations, and a database unless a fixture makes one
};

struct Command {
  const char* name;  // one word, or that of a group and its own
  const char* help;
  Needs needs;
  ExitCode (*run)(const app::Options& options, Report& report);
  void (*add_options)(CLI::App& command, Arguments& arguments);
};

constexpr Command kCommands[] = {
    {"apply", "Apply what is pending, proved; make the store where there is none",
     Needs::kDatabaseMigrations, app::Apply, AddApplyOptions},
    {"plan", "Show what apply would do: SQL, strategy, rows in the way", Needs::kDatabaseMigrations,
     app::Plan, AddExplainOptions},
    {"preflight", "Look at everything that could stop apply", Needs::kDatabaseMigrations,
     app::Preflight, AddPreflightOptions},
    {"test", "Go up, down and up again on a copy, and compare", Needs::kMigrations, app::Test,
     AddTestOptions},
    {"rehearse", "Run what is pending on a copy of the database, and leave a report",
     Needs::kDatabaseMigrations, app::Rehearse, AddRehearseOptions},
    {"status", "Tell what is applied and what is pending", Needs::kDatabaseMigrations, app::Status,
     AddStatusOptions},
    {"history", "Tell what was ever done", Needs::kDatabase, app::History, AddNoOptions},
    {"report", "Collect what a review needs afterwards", Needs::kDatabase, app::CollectReport,
     AddBackupOptions},
    {"wait", "Wait until the database can be read and written", Needs::kDatabase, app::Wait,
     AddNoOptions},
    {"verify", "Prove the constraints of all applied migrations again", Needs::kDatabaseMigrations,
     app::Verify, AddVerifyOptions},
    {"rollback", "Take migrations back, the newest first", Needs::kDatabaseMigrations,
     app::Rollback, AddRollbackOptions},
    {"baseline", "Mark what is in place as applied, once it is proved", Needs::kDatabaseMigrations,
     app::Baseline, AddBaselineOptions},
    {"backup create", "Make a verified backup", Needs::kDatabase, app::BackupCreate,
     AddBackupCreateOptions},
    {"backup list", "Tell which backups there are", Needs::kDatabase, app::BackupList,
     AddBackupOptions},
    {"backup verify", "Read a backup whole, and prove that it is what was verified",
     Needs::kDatabase, app::BackupVerify, AddBackupChoiceOptions},
    {"backup restore", "Put a backup in the place of the database, or of one table",
     Needs::kDatabase, app::BackupRestore, AddBackupRestoreOptions},
    {"backup drill", "Restore a backup to nowhere, and tell how long it took", Needs::kDatabase,
     app::BackupDrill, AddBackupChoiceOptions},
    {"backup prune", "Remove the backups that need not be kept", Needs::kDatabase, app::BackupPrune,
     AddBackupPruneOptions},
    {"quarantine list", "Count the rows that migrations took out or changed", Needs::kDatabase,
     app::QuarantineList, AddQuarantineListOptions},
    {"quarantine show", "Show one of them", Needs::kDatabase, app::QuarantineShow,
     AddQuarantineShowOptions},
    {"quarantine replay", "Put back those that fit by now", Needs::kDatabase, app::QuarantineReplay,
     AddQuarantineReplayOptions},
    {"quarantine export", "Write them to a file, as JSON lines", Needs::kDatabase,
     app::QuarantineExport, AddQuarantineExportOptions},
    {"quarantine purge", "Remove their values for good", Needs::kDatabase, app::QuarantinePurge,
     AddQuarantinePurgeOptions},
    {"drift", "Tell what differs from what the last migration left", Needs::kDatabase,
     app::TellDrift, AddNoOptions},
    {"doctor", "Tell what is wrong, and what helps", Needs::kDatabase, app::Doctor,
     AddBackupOptions},
    {"repair", "Make the history agree with the migrations, once it is proved",
     Needs::kDatabaseMigrations, app::Repair, AddBackupCreateOptions},
    {"environment", "Tell or set in which environment the database is", Needs::kDatabase,
     app::Environment, AddEnvironmentOptions},
    {"lint", "Judge the migrations, without a database", Needs::kNothing, app::Lint, AddNoOptions},
    {"new", "Write the file of a fresh migration", Needs::kNothing, app::New, AddNewOptions},
};

std::string DrawRunId() {
  const ledger::Salt random = ledger::DrawSalt();
  constexpr size_t kBytes = 8;
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(random.data()), kBytes));
}

ExitCode RunOnStore(const Arguments& arguments, absl::string_view command, Report& report) {
  const std::string& folder = arguments.options.database;
  if (!arguments.window.empty() || !arguments.deadline.empty()) {
    return report.Result(ExitCode::kUsage, "usage",
                         "--window and --deadline are for databases of applications",
                         "leave them out, or say --migrations");
  }
  if (command == "apply") return store::Apply(folder, arguments.create_store, report);
  if (command == "status") return store::Status(folder, arguments.options.exit_code, report);
  return report.Result(ExitCode::kUsage, "usage",
                       absl::StrCat(command, " is for databases of applications"),
                       "say --migrations");
}

ExitCode RunCommand(const Command& command, Arguments& arguments, Report& report) {
  app::Options& options = arguments.options;
  options.lock_timeout = absl::Seconds(arguments.lock_timeout_s);
  options.trial.required_within = absl::Hours(arguments.rehearsal_hours);
  options.backup.keep = absl::Hours(24) * arguments.retention_days;
  absl::StatusOr<app::TimeLimits> limits = FindTimeLimits(arguments, options.clock.Now());
  if (!limits.ok()) return report.Fail(limits.status());
  options.limits = *std::move(limits);
  const bool is_made = command.needs == Needs::kMigrations && !options.trial.fixture.empty();
  if (command.needs == Needs::kNothing || is_made) return command.run(options, report);
  absl::StatusOr<std::string> database = FindDatabase(arguments);
  if (!database.ok()) return report.Fail(database.status());
  options.database = *std::move(database);
  if (command.needs != Needs::kDatabase && options.migrations.empty()) {
    return RunOnStore(arguments, command.name, report);
  }
  return command.run(options, report);
}

telemetry::Progress::Style StyleOf(Format format) {
  using Style = telemetry::Progress::Style;
  if (format == Format::kJson) return Style::kJson;
  return isatty(STDOUT_FILENO) != 0 ? Style::kBar : Style::kSilent;
}

void WriteTerminationLog(const Arguments& arguments, const Report& report) {
  if (arguments.termination_log.empty()) return;
  std::ofstream file(arguments.termination_log, std::ios::trunc);
  file << report.summary();
  if (!file.flush()) {
    std::cerr << "daybook-migrate: cannot write " << arguments.termination_log << '\n';
  }
}

// The subcommand of `parent` called `name`, made where it is missing.
CLI::App& Group(CLI::App& parent, const std::string& name) {
  for (CLI::App* const group : parent.get_subcommands({})) {
    if (group->get_name() == name) return *group;
  }
  CLI::App& group = *parent.add_subcommand(
      name, absl::StrCat("Commands about ", name == "quarantine" ? "kept rows" : "backups"));
  group.require_subcommand(1);
  return group;
}

CLI::App& AddCommand(CLI::App& app, const Command& command) {
  const std::vector<std::string> words = absl::StrSplit(command.name, ' ');
  CLI::App& parent = words.size() == 1 ? app : Group(app, words.front());
  return *parent.add_subcommand(words.back(), command.help);
}

int Run(int argc, char** argv) {
  const SystemClock clock;
  Arguments arguments{
      .options = {
          .run_id = DrawRunId(), .build = DAYBOOK_VERSION, .clock = clock, .stop = StopAsked()}};
  CLI::App app("daybook-migrate: brings databases to the schema they need, and proves it",
               "daybook-migrate");
  app.footer(kFooter);
  app.set_version_flag("--version",
                       absl::StrCat(DAYBOOK_VERSION, "\n", db::sqlite::EngineName(),
                                    "\nmakes stores of version ", schema::NewestVersion()));
  app.require_subcommand(1);
  const Command* chosen = nullptr;
  for (const Command& command : kCommands) {
    CLI::App& sub = AddCommand(app, command);
    AddCommonOptions(sub, arguments);
    command.add_options(sub, arguments);
    sub.callback([&chosen, &command] { chosen = &command; });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, std::cout, std::cerr) == 0 ? 0 : static_cast<int>(ExitCode::kUsage);
  }
  CatchStopSignals();
  telemetry::Progress progress(StyleOf(arguments.format), std::cout, clock);
  Report report(arguments.format, std::cout, &progress);
  report.record().run_id = arguments.options.run_id;
  report.BeforeResult(
      [&](const Outcome& outcome) { app::Conclude(arguments.options, outcome, report); });
  const ExitCode code = RunCommand(*chosen, arguments, report);
  std::cout.flush();
  WriteTerminationLog(arguments, report);
  return static_cast<int>(code);
}

}  // namespace
}  // namespace daybook::migrator

int main(int argc, char** argv) {
  umask(0027);  // what a database holds is not for everyone on the machine
  return daybook::migrator::Run(argc, argv);
}
