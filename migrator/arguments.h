#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "migrator/app/options.h"
#include "migrator/report.h"
#include "migrator/store/store_commands.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::migrator {

// What the command line said, and how each part of it is asked for.
struct Arguments {
  // What a command of an application's database is told, as far as arguments say.
  app::Options options;
  std::string database = {};
  std::string database_file = {};
  Format format = Format::kText;
  std::string termination_log = {};
  double lock_timeout_s = 60;
  double retention_days = 30;
  double rehearsal_hours = 0;
  std::string window = {};
  std::string time_zone = {};
  std::string deadline = {};
  bool accepts_data_loss = false;
  store::CreateOptions create_store = {};
};

// What every command takes.
void AddCommonOptions(CLI::App& command, Arguments& arguments);

// What some take, by what it is about.
void AddNoOptions(CLI::App& command, Arguments& arguments);
void AddApplyOptions(CLI::App& command, Arguments& arguments);
void AddPreflightOptions(CLI::App& command, Arguments& arguments);
void AddPlanOptions(CLI::App& command, Arguments& arguments);
void AddExplainOptions(CLI::App& command, Arguments& arguments);  // plan's, and how to tell it
void AddStatusOptions(CLI::App& command, Arguments& arguments);
void AddVerifyOptions(CLI::App& command, Arguments& arguments);
void AddRollbackOptions(CLI::App& command, Arguments& arguments);
void AddBaselineOptions(CLI::App& command, Arguments& arguments);
void AddTestOptions(CLI::App& command, Arguments& arguments);
void AddRehearseOptions(CLI::App& command, Arguments& arguments);
void AddNewOptions(CLI::App& command, Arguments& arguments);
void AddBackupOptions(CLI::App& command, Arguments& arguments);  // where they lie, and the key
void AddBackupCreateOptions(CLI::App& command, Arguments& arguments);
void AddBackupPruneOptions(CLI::App& command, Arguments& arguments);
void AddBackupChoiceOptions(CLI::App& command, Arguments& arguments);  // which of them
void AddBackupRestoreOptions(CLI::App& command, Arguments& arguments);
void AddQuarantineListOptions(CLI::App& command, Arguments& arguments);
void AddQuarantineShowOptions(CLI::App& command, Arguments& arguments);
void AddQuarantineReplayOptions(CLI::App& command, Arguments& arguments);
void AddQuarantineExportOptions(CLI::App& command, Arguments& arguments);
void AddQuarantinePurgeOptions(CLI::App& command, Arguments& arguments);
void AddEnvironmentOptions(CLI::App& command, Arguments& arguments);

// When apply must be over, from --window, --timezone and --deadline, at a start
// `now`.
absl::StatusOr<app::TimeLimits> FindTimeLimits(const Arguments& arguments, absl::Time now);

// The path of the database, from --database or the file that holds it.
absl::StatusOr<std::string> FindDatabase(const Arguments& arguments);

}  // namespace daybook::migrator
