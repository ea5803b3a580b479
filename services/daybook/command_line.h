#pragma once

#include <memory>

#include "daybook/exit_code.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// The command line of `daybook`: the one declaration of its commands and flags, from
// which help, completions and the manual page are made.
//
// Thread-compatible.
class CommandLine {
 public:
  CommandLine();
  ~CommandLine();

  // Does what the arguments of main() ask for.
  ExitCode Run(int argc, char** argv);

  const CLI::App& app() const;

 private:
  struct Program;
  struct Commands;

  const std::unique_ptr<Commands> commands_;
};

}  // namespace daybook::cli
