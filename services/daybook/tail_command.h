#pragma once

#include <cstdint>
#include <optional>

#include "daybook/connection.h"
#include "daybook/exit_code.h"
#include "daybook/filter_options.h"
#include "daybook/interruption.h"
#include "daybook/look.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// `daybook tail`: shows events as they are recorded.
class TailCommand {
 public:
  // Adds the command to `app`. Both must stay where they are.
  explicit TailCommand(CLI::App& app);

  ExitCode Run(Connection& connection, Interruption& interruption, bool json) const;

  CLI::App* app() const { return app_; }

 private:
  CLI::App* app_;
  FilterOptions which_;
  LookOptions look_;
  std::optional<uint64_t> since_seq_;
};

}  // namespace daybook::cli
