#include <iostream>

#include <CLI/CLI.hpp>

#include "daybook/checkpoint_command.h"
#include "daybook/connection.h"
#include "daybook/cosign_command.h"
#include "daybook/erase_command.h"
#include "daybook/evidence_command.h"
#include "daybook/exit_code.h"
#include "daybook/export_command.h"
#include "daybook/get_command.h"
#include "daybook/import_command.h"
#include "daybook/key_command.h"
#include "daybook/prune_command.h"
#include "daybook/query_command.h"
#include "daybook/record_command.h"
#include "daybook/store_command.h"
#include "daybook/tiles_command.h"
#include "daybook/verify_command.h"

namespace {

using ::daybook::cli::Connection;
using ::daybook::cli::ExitCode;
using ::daybook::cli::Target;

constexpr char kFooter[] =
    "Exit codes: 0 done; 1 refused, retrying does not help; 2 usage; 3 no such event, store, "
    "database\n"
    "or table; 4 not reachable or overloaded, retry; 5 what was checked does not verify.\n"
    "Example: daybook record --action login_failed --user-id 7 --ip-address 203.0.113.9";

ExitCode Run(int argc, char** argv) {
  Target target;
  bool json = false;
  CLI::App app("daybook: records audit events and shows them", "daybook");
  app.footer(kFooter);
  app.set_version_flag("--version", DAYBOOK_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--address", target.address, "HOST:PORT of daybookd")
      ->envname("DAYBOOK_ADDRESS")
      ->capture_default_str();
  app.add_option("--timeout", target.timeout_seconds, "Seconds that an answer may take")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--json", json, "JSON, one object a line, for programs");
  daybook::cli::RecordCommand record(app);
  daybook::cli::QueryCommand query(app);
  daybook::cli::ExportCommand export_command(app);
  daybook::cli::GetCommand get(app);
  daybook::cli::ImportCommand import_command(app);
  daybook::cli::EraseCommand erase(app);
  daybook::cli::PruneCommand prune(app);
  const daybook::cli::StoreCommand store(app);
  const daybook::cli::TilesCommand tiles(app);
  const daybook::cli::EvidenceCommand evidence(app);
  const daybook::cli::CheckpointCommand checkpoint(app);
  daybook::cli::CosignCommand cosign(app);
  const daybook::cli::VerifyCommand verify(app);
  const daybook::cli::KeyCommand key(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, std::cout, std::cerr) == 0 ? ExitCode::kDone : ExitCode::kUsage;
  }
  if (store.app()->parsed()) return store.Run(json);
  if (tiles.app()->parsed()) return tiles.Run(json);
  if (key.app()->parsed()) return key.Run(json);
  Connection connection(target);
  if (record.app()->parsed()) return record.Run(connection, json);
  if (import_command.app()->parsed()) return import_command.Run(connection, json);
  if (erase.app()->parsed()) return erase.Run(connection, json);
  if (prune.app()->parsed()) return prune.Run(connection, json);
  if (evidence.app()->parsed()) return evidence.Run(connection, json);
  if (checkpoint.app()->parsed()) return checkpoint.Run(connection, json);
  if (verify.app()->parsed()) return verify.Run(connection, json);
  if (cosign.app()->parsed()) return cosign.Run(connection, json);
  if (export_command.app()->parsed()) return export_command.Run(connection, json);
  if (query.app()->parsed()) return query.Run(connection, json);
  return get.Run(connection, json);
}

}  // namespace

int main(int argc, char** argv) {
  const ExitCode code = Run(argc, argv);
  if (!std::cout.flush()) {
    std::cerr << "daybook: what was to be shown could not be written\n";
    return static_cast<int>(ExitCode::kRefused);
  }
  return static_cast<int>(code);
}
