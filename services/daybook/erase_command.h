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

// `daybook erase`: takes groups of fields out of a person's events, for good.
class EraseCommand {
 public:
  // Adds the command to `app`. Both must stay where they are.
  explicit EraseCommand(CLI::App& app);

  ExitCode Run(Connection& connection, bool json);

  CLI::App* app() const { return app_; }

 private:
  absl::Status FillRequest();
  absl::StatusOr<admin::v1::EraseEventsResponse> Call(Connection& connection, bool validate_only);

  CLI::App* app_;
  std::optional<std::string> telegram_id_;
  std::optional<int64_t> user_id_;
  std::optional<std::string> actor_;
  std::optional<std::string> filter_;
  std::string groups_;
  OperatorOptions operator_;
  admin::v1::EraseEventsRequest request_;
};

}  // namespace daybook::cli
