#pragma once

#include "daybook/audit/v1/audit_service.pb.h"
#include "daybook/connection.h"
#include "daybook/exit_code.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// `daybook get`: shows one event in full.
class GetCommand {
 public:
  // Adds the command to `app`. Both must stay where they are.
  explicit GetCommand(CLI::App& app);

  ExitCode Run(Connection& connection, bool json) const;

  CLI::App* app() const { return app_; }

 private:
  CLI::App* app_;
  uint64_t seq_ = 0;
  bool utc_ = false;
};

}  // namespace daybook::cli
