#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daybook/connection.h"
#include "daybook/exit_code.h"
#include "daybook/interruption.h"
#include "daybook/look.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

class DetectionPrinter;

// `daybook detections`: shows the standing rules that fired.
class DetectionsCommand {
 public:
  // Adds the command to `app`. Both must stay where they are.
  explicit DetectionsCommand(CLI::App& app);

  // `interruption` ends a watch; nothing where there is none.
  ExitCode Run(Connection& connection, Interruption* interruption, bool json) const;

  CLI::App* app() const { return app_; }
  bool watches() const { return watch_; }

 private:
  absl::Status List(Connection& connection, DetectionPrinter& printer) const;
  absl::Status Watch(Connection& connection, Interruption& interruption,
                     DetectionPrinter& printer) const;

  CLI::App* app_;
  LookOptions look_;
  std::string rule_;
  uint64_t limit_ = 100;
  bool watch_ = false;
  std::optional<uint64_t> since_seq_;
};

}  // namespace daybook::cli
