#pragma once

#include <string>

#include "daybook/audit/v1/audit_service.pb.h"
#include "daybook/connection.h"
#include "daybook/exit_code.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// `daybook record`: records one event.
class RecordCommand {
 public:
  // Adds the command to `app`. Both must stay where they are.
  explicit RecordCommand(CLI::App& app);

  ExitCode Run(Connection& connection, bool json);

  CLI::App* app() const { return app_; }

 private:
  CLI::App* app_;
  audit::v1::RecordEventRequest request_;
  std::string producer_;
};

}  // namespace daybook::cli
