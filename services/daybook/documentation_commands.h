#pragma once

#include <string>

#include "daybook/exit_code.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// `daybook completion`: prints a script that completes the command line.
class CompletionCommand {
 public:
  // Adds the command to `app`. Both must stay where they are.
  explicit CompletionCommand(CLI::App& app);

  ExitCode Run() const;

  CLI::App* app() const { return app_; }

 private:
  const CLI::App& program_;
  CLI::App* app_;
  std::string shell_;
};

// `daybook man`: prints the manual page.
class ManCommand {
 public:
  // Adds the command to `app`. Both must stay where they are.
  explicit ManCommand(CLI::App& app);

  ExitCode Run() const;

  CLI::App* app() const { return app_; }

 private:
  const CLI::App& program_;
  CLI::App* app_;
};

}  // namespace daybook::cli
