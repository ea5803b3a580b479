#pragma once

#include <string>

#include "daybook/exit_code.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// `daybook store`: shows what a store's folder consists of. Reads the files; no
// service need run.
class StoreCommand {
 public:
  // Adds the command to `app`. Both must stay where they are.
  explicit StoreCommand(CLI::App& app);

  ExitCode Run(bool json) const;

  CLI::App* app() const { return app_; }

 private:
  CLI::App* app_;
  std::string data_dir_ = "./daybook-data";
  bool utc_ = false;
};

}  // namespace daybook::cli
