#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "daybook/audit/v1/audit_service.pb.h"
#include "daybook/connection.h"
#include "daybook/exit_code.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// `daybook query`: shows the events that match a filter.
class QueryCommand {
 public:
  // Adds the command to `app`. Both must stay where they are.
  explicit QueryCommand(CLI::App& app);

  ExitCode Run(Connection& connection, bool json);

  CLI::App* app() const { return app_; }

 private:
  // Reads page after page into `take`, up to the limit.
  absl::Status ReadPages(Connection& connection,
                         const std::function<void(const audit::v1::Event&)>& take);

  CLI::App* app_;
  std::string filter_;
  uint64_t limit_ = 100;
  bool oldest_first_ = false;
  bool utc_ = false;
  uint64_t as_of_size_ = 0;
  bool has_more_ = false;
};

}  // namespace daybook::cli
