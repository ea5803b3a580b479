#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

#include "daybook/admin/v1/admin_service.pb.h"
#include "daybook/connection.h"
#include "daybook/exit_code.h"
#include "daybook/operator_options.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// `daybook prune`: drops the oldest events, for good.
class PruneCommand {
 public:
  // Adds the command to `app`. Both must stay where they are.
  explicit PruneCommand(CLI::App& app);

  ExitCode Run(Connection& connection, bool json);

  CLI::App* app() const { return app_; }

 private:
  absl::Status FillRequest();
  absl::StatusOr<admin::v1::PruneEventsResponse> Call(Connection& connection, bool validate_only);
  // Writes what would go to the file that was named, if one was.
  absl::Status Export(Connection& connection, const admin::v1::PruneEventsResponse& found,
                      bool json) const;

  CLI::App* app_;
  std::optional<std::string> before_;
  std::optional<uint32_t> days_;
  std::string checkpoint_;
  std::string export_;
  OperatorOptions operator_;
  admin::v1::PruneEventsRequest request_;
};

}  // namespace daybook::cli
