#include <fstream>
#include <iostream>
#include <map>
#include <string>

#include <CLI/CLI.hpp>
#include <sys/stat.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "core/clock.h"
#include "ledger/salt.h"
#include "migrator/app/commands.h"
#include "migrator/database.h"
#include "migrator/report.h"
#include "migrator/signals.h"
#include "migrator/store/store_commands.h"

namespace {

using ::daybook::migrator::ExitCode;
using ::daybook::migrator::Format;
using ::daybook::migrator::Report;
using AppCommand = ExitCode (*)(const daybook::migrator::app::Options&, Report&);

constexpr char kFooter[] =
    "Without --migrations the database is a store of daybookd, and PATH its folder; with it, the\n"
    "database file of an application.\n"
    "Exit codes: 0 done or nothing pending; 2 usage; 3 pending (status --exit-code); 4 history\n"
    "mismatch or drift; 5 newer than these migrations; preflight: 10 rows in the way, 11 no space\n"
    "or permission, 12 lint or approval; retry: 20 unreachable, 21 another migrator, 23 a live\n"
    "service; rolled back: 30 failed, 31 verification failed; 32 an operator is needed;\n"
    "143 and 130 stopped by a signal, rolled back. docs/operations.md has them all.\n"
    "Examples: daybook-migrate apply --database sqlite:/var/lib/daybook\n"
    "          daybook-migrate plan --database sqlite:app.db --migrations migrations";

struct Arguments {
  std::string database;
  std::string database_file;
  std::string migrations;
  Format format = Format::kText;
  std::string termination_log;
  double lock_timeout_s = 60;
  int to = -1;
  std::string approve;
  bool exit_code = false;
  bool create = false;
  std::string name;
  daybook::migrator::store::CreateOptions create_store;
};

void AddCommonOptions(CLI::App& command, Arguments& arguments) {
  command.add_option("--database", arguments.database, "sqlite:PATH")
      ->envname("DAYBOOK_MIGRATE_DATABASE");
  command.add_option("--database-file", arguments.database_file,
                     "A file that holds what --database would say, such as a mounted secret");
  command.add_option("--migrations", arguments.migrations, "The folder of the migration files")
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

void AddTo(CLI::App& command, Arguments& arguments, const char* help) {
  command.add_option("--to", arguments.to, help)->check(CLI::NonNegativeNumber);
}

std::string DrawRunId() {
  const daybook::ledger::Salt random = daybook::ledger::DrawSalt();
  constexpr size_t kBytes = 8;
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(random.data()), kBytes));
}

absl::StatusOr<daybook::migrator::Database> FindDatabase(const Arguments& arguments) {
  std::string url = arguments.database;
  if (url.empty() && !arguments.database_file.empty()) {
    std::ifstream file(arguments.database_file);
    if (!std::getline(file, url)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--database-file ", arguments.database_file, " cannot be read"));
    }
  }
  if (url.empty()) return absl::InvalidArgumentError("--database is missing");
  return daybook::migrator::ParseDatabase(absl::StripAsciiWhitespace(url));
}

ExitCode RunOnApp(const Arguments& arguments, const std::string& path, AppCommand command,
                  Report& report) {
  const daybook::SystemClock clock;
  return command({.database = path,
                  .migrations = arguments.migrations,
                  .to = arguments.to,
                  .lock_timeout = absl::Seconds(arguments.lock_timeout_s),
                  .approve = arguments.approve,
                  .create = arguments.create,
                  .exit_code = arguments.exit_code,
                  .name = arguments.name,
                  .run_id = DrawRunId(),
                  .build = DAYBOOK_VERSION,
                  .clock = clock,
                  .stop = daybook::migrator::StopAsked()},
                 report);
}

ExitCode RunOnStore(const Arguments& arguments, const std::string& folder,
                    const std::string& command, Report& report) {
  if (command == "apply") {
    return daybook::migrator::store::Apply(folder, arguments.create_store, report);
  }
  if (command == "status") {
    return daybook::migrator::store::Status(folder, arguments.exit_code, report);
  }
  return report.Result(ExitCode::kUsage, "usage",
                       absl::StrCat(command, " is for databases of applications"),
                       "say --migrations");
}

ExitCode RunCommand(const Arguments& arguments, const std::string& name, AppCommand command,
                    Report& report) {
  if (command == daybook::migrator::app::Lint || command == daybook::migrator::app::New) {
    return RunOnApp(arguments, "", command, report);
  }
  const auto database = FindDatabase(arguments);
  if (!database.ok()) return report.Fail(database.status());
  return arguments.migrations.empty() ? RunOnStore(arguments, database->path, name, report)
                                      : RunOnApp(arguments, database->path, command, report);
}

void WriteTerminationLog(const Arguments& arguments, const Report& report) {
  if (arguments.termination_log.empty()) return;
  std::ofstream file(arguments.termination_log, std::ios::trunc);
  file << report.summary();
  if (!file.flush()) {
    std::cerr << "daybook-migrate: cannot write " << arguments.termination_log << '\n';
  }
}

struct Command {
  const char* name;
  const char* help;
  AppCommand run;
};

constexpr Command kCommands[] = {
    {"apply", "Apply what is pending, proved; make the store where there is none",
     daybook::migrator::app::Apply},
    {"plan", "Show what apply would do: SQL, strategy, rows in the way",
     daybook::migrator::app::Plan},
    {"preflight", "Look at everything that could stop apply", daybook::migrator::app::Preflight},
    {"status", "Tell what is applied and what is pending", daybook::migrator::app::Status},
    {"history", "Tell what was ever done", daybook::migrator::app::History},
    {"verify", "Prove the constraints of all applied migrations again",
     daybook::migrator::app::Verify},
    {"rollback", "Take migrations back, the newest first", daybook::migrator::app::Rollback},
    {"baseline", "Mark what is in place as applied, once it is proved",
     daybook::migrator::app::Baseline},
    {"lint", "Judge the migrations, without a database", daybook::migrator::app::Lint},
    {"new", "Write the file of a fresh migration", daybook::migrator::app::New},
};

void AddOwnOptions(const std::string& name, CLI::App& command, Arguments& arguments) {
  if (name == "status") {
    command.add_flag("--exit-code", arguments.exit_code, "End with 3 where something is pending");
  }
  if (name == "apply" || name == "plan" || name == "preflight") {
    AddTo(command, arguments, "The version to reach; the newest when left out");
  }
  if (name == "baseline") AddTo(command, arguments, "The last version in place; 1 when left out");
  if (name == "rollback") {
    AddTo(command, arguments, "The version to go back to; the one before when left out");
  }
  if (name == "new")
    command.add_option("--name,name", arguments.name, "a-z, 0-9 and _")->required();
  if (name != "apply") return;
  command.add_option("--approve", arguments.approve, "Apply only the plan with this hash");
  command.add_flag("--create", arguments.create, "Make an empty database where there is none");
  command
      .add_option(
          "--segment-events", arguments.create_store.segment_events,
          "Events a segment takes; fixed when the store is made, other values are for tests")
      ->check(CLI::Range(1, 1 << 22))
      ->capture_default_str();
}

int Run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("daybook-migrate: brings databases to the schema they need, and proves it",
               "daybook-migrate");
  app.footer(kFooter);
  app.set_version_flag("--version", DAYBOOK_VERSION);
  app.require_subcommand(1);
  for (const Command& command : kCommands) {
    CLI::App& sub = *app.add_subcommand(command.name, command.help);
    AddCommonOptions(sub, arguments);
    AddOwnOptions(command.name, sub, arguments);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, std::cout, std::cerr) == 0 ? 0 : static_cast<int>(ExitCode::kUsage);
  }
  daybook::migrator::CatchStopSignals();
  Report report(arguments.format, std::cout);
  ExitCode code = ExitCode::kUsage;
  for (const Command& command : kCommands) {
    if (app.got_subcommand(command.name)) {
      code = RunCommand(arguments, command.name, command.run, report);
    }
  }
  std::cout.flush();
  WriteTerminationLog(arguments, report);
  return static_cast<int>(code);
}

}  // namespace

int main(int argc, char** argv) {
  umask(0027);  // what a database holds is not for everyone on the machine
  return Run(argc, argv);
}
