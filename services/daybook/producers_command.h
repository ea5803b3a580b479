#pragma once

#include "daybook/connection.h"
#include "daybook/exit_code.h"
#include "daybook/look.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// `daybook producers`: shows who records events, and which of theirs are missing.
class ProducersCommand {
 public:
  // Adds the command to `app`. Both must stay where they are.
  explicit ProducersCommand(CLI::App& app);

  ExitCode Run(Connection& connection, bool json) const;

  CLI::App* app() const { return app_; }

 private:
  CLI::App* app_;
  LookOptions look_;
};

}  // namespace daybook::cli
