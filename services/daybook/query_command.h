#pragma once

#include <cstdint>
#include <string>

#include "daybook/audit/v1/audit_service.pb.h"
#include "daybook/connection.h"
#include "daybook/exit_code.h"
#include "daybook/filter_options.h"
#include "daybook/look.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

class EventPrinter;

// `daybook query`: shows the events that match a filter.
class QueryCommand {
 public:
  // Adds the command to `app`. Both must stay where they are.
  explicit QueryCommand(CLI::App& app);

  ExitCode Run(Connection& connection, bool json);

  CLI::App* app() const { return app_; }

 private:
  // Reads page after page into `printer`, up to the limit.
  absl::Status ReadPages(Connection& connection, audit::v1::QueryEventsRequest& request,
                         EventPrinter& printer);
  absl::Status ShowEnd(Connection& connection, Format format) const;

  CLI::App* app_;
  FilterOptions which_;
  LookOptions look_;
  uint64_t limit_ = 100;
  std::string order_ = "seq desc";
  bool oldest_first_ = false;
  bool explain_ = false;
  uint64_t shown_ = 0;
  uint64_t as_of_size_ = 0;
  bool has_more_ = false;
};

}  // namespace daybook::cli
