#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "daybook/connection.h"
#include "daybook/exit_code.h"
#include "daybook/signed_head.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// `daybook checkpoint`: shows the newest checkpoint as it was signed, so that it
// can be kept elsewhere, and holds it against one that was.
class CheckpointCommand {
 public:
  // Adds the command to `app`. Both must stay where they are.
  explicit CheckpointCommand(CLI::App& app);

  ExitCode Run(Connection& connection, bool json) const;

  CLI::App* app() const { return app_; }

 private:
  struct Shown {
    SignedHead newest;
    std::optional<SignedHead> since;  // shown to be its beginning
  };
  absl::StatusOr<Shown> Check(Connection& connection) const;
  void PrintJson(const Shown& shown) const;
  void TellPeople(const Shown& shown) const;

  CLI::App* app_;
  std::string key_;
  std::string since_;
  bool witnessed_ = false;
};

}  // namespace daybook::cli
