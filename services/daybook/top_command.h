#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daybook/connection.h"
#include "daybook/exit_code.h"
#include "daybook/filter_options.h"
#include "daybook/group_question.h"
#include "daybook/look.h"
#include "daybook/text_table.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// `daybook top`: groups events and counts them.
class TopCommand {
 public:
  // Adds the command to `app`. Both must stay where they are.
  explicit TopCommand(CLI::App& app);

  ExitCode Run(Connection& connection, bool json) const;

  CLI::App* app() const { return app_; }

 private:
  absl::StatusOr<audit::v1::AggregateEventsRequest> Request() const;
  std::vector<Column> Columns() const;
  std::vector<Cell> CellsOf(const audit::v1::EventGroup& group, bool is_of_parts,
                            const absl::TimeZone& zone) const;
  void PrintGroups(const audit::v1::AggregateEventsRequest& request,
                   const std::vector<audit::v1::EventGroup>& groups, bool is_of_parts) const;
  void PrintCsv(const std::vector<audit::v1::EventGroup>& groups) const;

  CLI::App* app_;
  FilterOptions which_;
  WindowOptions window_;
  LookOptions look_;
  std::vector<std::string> by_;
  std::vector<std::string> sums_;
  std::vector<std::string> distinct_;
  std::string bucket_;
  uint64_t min_count_ = 1;
  uint64_t limit_ = 20;
};

}  // namespace daybook::cli
