#include "daybook/command_line.h"

#include <algorithm>
#include <iostream>

#include <CLI/CLI.hpp>

#include "daybook/checkpoint_command.h"
#include "daybook/connection.h"
#include "daybook/cosign_command.h"
#include "daybook/detections_command.h"
#include "daybook/documentation_commands.h"
#include "daybook/erase_command.h"
#include "daybook/evidence_command.h"
#include "daybook/export_command.h"
#include "daybook/get_command.h"
#include "daybook/import_command.h"
#include "daybook/interruption.h"
#include "daybook/key_command.h"
#include "daybook/patterns_command.h"
#include "daybook/producers_command.h"
#include "daybook/prune_command.h"
#include "daybook/query_command.h"
#include "daybook/record_command.h"
#include "daybook/store_command.h"
#include "daybook/tail_command.h"
#include "daybook/tiles_command.h"
#include "daybook/top_command.h"
#include "daybook/verify_command.h"
#include "daybook/whole_number.h"

namespace daybook::cli {
namespace {

constexpr double kShortestTimeout = 0.001;

constexpr char kFooter[] =
    "Exit codes: 0 done; 1 refused, retrying does not help; 2 usage; 3 no such event, store, "
    "database\n"
    "or table; 4 not reachable or overloaded, retry; 5 what was checked does not verify.\n"
    "Example: daybook record --action login_failed --user-id 7 --ip-address 203.0.113.9\n"
    "Example: daybook query --outcome failure --since 1h";

}  // namespace

// What all commands have; they take over how it parses, so it comes before them.
struct CommandLine::Program {
  Program() {
    app.footer(kFooter);
    app.set_version_flag("--version", DAYBOOK_VERSION);
    app.require_subcommand(1);
    app.fallthrough();
    app.add_option("--address", target.address, "HOST:PORT of daybookd")
        ->envname("DAYBOOK_ADDRESS")
        ->capture_default_str();
    app.add_option("--timeout", target.timeout_seconds, "Seconds that an answer may take")
        ->check(Seconds(kShortestTimeout))
        ->capture_default_str();
    app.add_flag("--json", json, "JSON, one object a line, for programs");
  }

  Target target;
  bool json = false;
  CLI::App app{"daybook: records audit events and shows them", "daybook"};
};

struct CommandLine::Commands : Program {
  ExitCode RunWithoutService() const {
    if (completion.app()->parsed()) return completion.Run();
    if (man.app()->parsed()) return man.Run();
    if (store.app()->parsed()) return store.Run(json);
    if (tiles.app()->parsed()) return tiles.Run(json);
    return key.Run(json);
  }

  bool NeedsService() const {
    const auto commands = {completion.app(), man.app(), store.app(), tiles.app(), key.app()};
    return std::none_of(commands.begin(), commands.end(),
                        [](const CLI::App* command) { return command->parsed(); });
  }

  // Whether it goes on until it is interrupted.
  bool Follows() const {
    return tail.app()->parsed() || (detections.app()->parsed() && detections.watches());
  }

  ExitCode RunFollowing() {
    Interruption interruption;
    Connection connection(target);  // behind it, so that its threads leave signals alone
    if (tail.app()->parsed()) return tail.Run(connection, interruption, json);
    return detections.Run(connection, &interruption, json);
  }

  ExitCode RunReading(Connection& connection) {
    if (export_command.app()->parsed()) return export_command.Run(connection, json);
    if (top.app()->parsed()) return top.Run(connection, json);
    if (patterns.app()->parsed()) return patterns.Run(connection, json);
    if (producers.app()->parsed()) return producers.Run(connection, json);
    if (detections.app()->parsed()) return detections.Run(connection, nullptr, json);
    if (query.app()->parsed()) return query.Run(connection, json);
    return get.Run(connection, json);
  }

  ExitCode Run(Connection& connection) {
    if (record.app()->parsed()) return record.Run(connection, json);
    if (import_command.app()->parsed()) return import_command.Run(connection, json);
    if (erase.app()->parsed()) return erase.Run(connection, json);
    if (prune.app()->parsed()) return prune.Run(connection, json);
    if (evidence.app()->parsed()) return evidence.Run(connection, json);
    if (checkpoint.app()->parsed()) return checkpoint.Run(connection, json);
    if (verify.app()->parsed()) return verify.Run(connection, json);
    if (cosign.app()->parsed()) return cosign.Run(connection, json);
    return RunReading(connection);
  }

  RecordCommand record{app};
  QueryCommand query{app};
  const TopCommand top{app};
  const PatternsCommand patterns{app};
  const TailCommand tail{app};
  const ProducersCommand producers{app};
  const DetectionsCommand detections{app};
  ExportCommand export_command{app};
  GetCommand get{app};
  ImportCommand import_command{app};
  EraseCommand erase{app};
  PruneCommand prune{app};
  const StoreCommand store{app};
  const TilesCommand tiles{app};
  const EvidenceCommand evidence{app};
  const CheckpointCommand checkpoint{app};
  CosignCommand cosign{app};
  const VerifyCommand verify{app};
  const KeyCommand key{app};
  const CompletionCommand completion{app};
  const ManCommand man{app};
};

CommandLine::CommandLine() : commands_(std::make_unique<Commands>()) {}

CommandLine::~CommandLine() = default;

const CLI::App& CommandLine::app() const { return commands_->app; }

ExitCode CommandLine::Run(int argc, char** argv) {
  try {
    commands_->app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = commands_->app.exit(error, std::cout, std::cerr);
    return code == 0 ? ExitCode::kDone : ExitCode::kUsage;
  }
  if (!commands_->NeedsService()) return commands_->RunWithoutService();
  if (commands_->Follows()) return commands_->RunFollowing();
  Connection connection(commands_->target);
  return commands_->Run(connection);
}

}  // namespace daybook::cli
