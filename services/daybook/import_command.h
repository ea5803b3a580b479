#pragma once

#include <string>

#include "daybook/connection.h"
#include "daybook/exit_code.h"
#include "daybook/importer/import.h"
#include "daybook/importer/import_report.h"
#include "daybook/importer/row_mapper.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// `daybook import`: brings the audit_logs of an application into the log.
class ImportCommand {
 public:
  // Adds the command to `app`. Both must stay where they are.
  explicit ImportCommand(CLI::App& app);

  ExitCode Run(Connection& connection, bool json);

  CLI::App* app() const { return app_; }

 private:
  ExitCode RunOn(importer::SourceTable& table, Connection& connection, bool json,
                 importer::ImportReport& report);

  CLI::App* app_;
  std::string path_;
  std::string table_ = "audit_logs";
  double patience_seconds_ = 120;
  importer::Import::Options options_;
  importer::RowMapper::Options mapping_;
};

}  // namespace daybook::cli
