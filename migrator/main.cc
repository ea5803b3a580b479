#include <iostream>
#include <map>
#include <string>

#include <CLI/CLI.hpp>
#include <sys/stat.h>

#include "migrator/commands.h"
#include "migrator/exit_code.h"
#include "migrator/report.h"

namespace {

using ::daybook::migrator::ExitCode;
using ::daybook::migrator::Format;
using ::daybook::migrator::Report;

constexpr char kFooter[] =
    "Exit codes: 0 done or nothing pending; 2 usage; 3 pending (status --exit-code); 4 history\n"
    "mismatch; 5 newer than this build; 11 no space or permission; 20 unreachable, 21 another\n"
    "migrator, 23 a live service: retry; 30 failed, nothing changed.\n"
    "Example: daybook-migrate apply --database sqlite:/var/lib/daybook";

struct Arguments {
  std::string database;
  Format format = Format::kText;
  bool exit_code = false;
  daybook::migrator::store::CreateOptions create;
};

void AddCommonOptions(CLI::App& command, Arguments& arguments) {
  command.add_option("--database", arguments.database, "sqlite:DIR, the folder of the store")
      ->envname("DAYBOOK_MIGRATE_DATABASE")
      ->required();
  command.add_option("--format", arguments.format, "text, or json: one object a line")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Format>{{"text", Format::kText}, {"json", Format::kJson}}));
}

int Run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("daybook-migrate: brings a store to the version its service needs",
               "daybook-migrate");
  app.footer(kFooter);
  app.set_version_flag("--version", DAYBOOK_VERSION);
  app.require_subcommand(1);
  CLI::App& apply =
      *app.add_subcommand("apply", "Apply what is pending; make the store where there is none");
  AddCommonOptions(apply, arguments);
  apply
      .add_option(
          "--segment-events", arguments.create.segment_events,
          "Events a segment takes; fixed when the store is made, other values are for tests")
      ->check(CLI::Range(1, 1 << 22))
      ->capture_default_str();
  CLI::App& status = *app.add_subcommand("status", "Tell what is applied and what is pending");
  AddCommonOptions(status, arguments);
  status.add_flag("--exit-code", arguments.exit_code, "End with 3 where something is pending");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, std::cout, std::cerr) == 0 ? 0 : static_cast<int>(ExitCode::kUsage);
  }
  Report report(arguments.format, std::cout);
  const ExitCode code =
      apply.parsed() ? daybook::migrator::Apply(arguments.database, arguments.create, report)
                     : daybook::migrator::Status(arguments.database, arguments.exit_code, report);
  std::cout.flush();
  return static_cast<int>(code);
}

}  // namespace

int main(int argc, char** argv) {
  umask(0027);  // what a store holds is not for everyone on the machine
  return Run(argc, argv);
}
