#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daybook/connection.h"
#include "daybook/exit_code.h"
#include "daybook/filter_options.h"
#include "daybook/group_question.h"
#include "daybook/look.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// `daybook patterns`: who failed more often than people do, and from where.
class PatternsCommand {
 public:
  // Adds the command to `app`. Both must stay where they are.
  explicit PatternsCommand(CLI::App& app);

  ExitCode Run(Connection& connection, bool json) const;

  CLI::App* app() const { return app_; }

  // One question, and what was found.
  struct Found {
    const char* name = "";
    bool by_address = false;
    std::vector<audit::v1::EventGroup> groups = {};
    bool is_of_parts = false;
  };

 private:
  absl::StatusOr<Found> Ask(Connection& connection, bool by_address) const;
  void Print(const Found& persons, const Found& addresses) const;
  ExitCode Tell(const Connection& connection, const absl::Status& error) const;

  CLI::App* app_;
  FilterOptions which_;
  WindowOptions window_;
  LookOptions look_;
  uint64_t more_than_ = 5;
};

}  // namespace daybook::cli
