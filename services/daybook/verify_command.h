#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "daybook/exit_code.h"
#include "daybook/verify_report.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// `daybook verify`: shows whether a store is what was recorded and signed. Reads the
// files; no service need run.
class VerifyCommand {
 public:
  // Adds the command to `app`. Both must stay where they are.
  explicit VerifyCommand(CLI::App& app);

  ExitCode Run(bool json) const;

  CLI::App* app() const { return app_; }

 private:
  absl::StatusOr<VerifyOutcome> Verify(bool json) const;

  CLI::App* app_;
  std::string data_dir_ = "./daybook-data";
  std::string signer_dir_;
  std::vector<std::string> keys_;
  std::string since_;
  size_t threads_ = 0;
};

}  // namespace daybook::cli
