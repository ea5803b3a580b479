#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "daybook/connection.h"
#include "daybook/evidence/case_check.h"
#include "daybook/exit_code.h"
#include "ledger/leaf.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// `daybook evidence`: puts events, and all that proves them, into one file for
// somebody else; and checks such a file, for which no service need run.
class EvidenceCommand {
 public:
  // Adds the command to `app`. Both must stay where they are.
  explicit EvidenceCommand(CLI::App& app);

  // To check a file, nobody is connected to.
  ExitCode Run(Connection& connection, bool json) const;

  CLI::App* app() const { return app_; }

 private:
  bool is_check() const { return !check_.empty(); }
  struct Keys {
    std::string lines;
    std::vector<ledger::VerifierKey> keys;
    std::string source;
  };
  absl::StatusOr<Keys> ReadKeys() const;
  absl::StatusOr<evidence::CheckedCase> WriteCase(Connection& connection, bool json) const;
  absl::StatusOr<evidence::CheckedCase> CheckFile(bool json) const;
  void TellResult(const evidence::CheckedCase& checked, bool json) const;

  CLI::App* app_;
  std::string filter_;
  std::string out_;
  std::string check_;
  std::string key_;
  std::string signer_dir_;
  std::string by_;
  std::vector<std::string> groups_ = {"subject", "client", "object", "details"};
};

}  // namespace daybook::cli
