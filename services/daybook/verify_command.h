#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "daybook/connection.h"
#include "daybook/exit_code.h"
#include "daybook/verify_report.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace daybook::cli {

// `daybook verify`: shows whether a store is what was recorded and signed. Reads the
// files, and no service need run; or asks a service, and no file need be at hand.
class VerifyCommand {
 public:
  // Adds the command to `app`. Both must stay where they are.
  explicit VerifyCommand(CLI::App& app);

  ExitCode Run(Connection& connection, bool json) const;

  CLI::App* app() const { return app_; }

 private:
  struct Given;

  absl::StatusOr<Given> ReadGiven() const;
  absl::StatusOr<verify::Report> VerifyStore(const Given& given, bool json) const;
  absl::StatusOr<verify::Report> VerifyService(Connection& connection, const Given& given,
                                               bool json) const;
  size_t threads() const;

  CLI::App* app_;
  std::string data_dir_ = "./daybook-data";
  std::string signer_dir_;
  std::vector<std::string> keys_;
  std::string since_;
  bool online_ = false;
  uint64_t sample_ = 0;
  CLI::Option* sample_option_;
  size_t threads_ = 0;
};

}  // namespace daybook::cli
