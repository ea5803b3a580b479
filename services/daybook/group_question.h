#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "daybook/connection.h"
#include "daybook/group_sum.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// The time that groups are counted in.
class WindowOptions {
 public:
  // Both must stay where they are.
  void AddTo(CLI::App& app);

  // UsageError for what is no duration or no time.
  absl::Status FillIn(audit::v1::AggregateEventsRequest& request, absl::TimeZone zone) const;

  const std::string& window() const { return window_; }

 private:
  std::string window_ = "1h";
  std::string until_;
};

// `1h` as the contract has it; UsageError that names `flag`.
absl::StatusOr<google::protobuf::Duration> DurationOf(const std::string& flag,
                                                      const std::string& text);

// Names of the fields that events may be grouped by, and the field of a name.
std::string GroupName(audit::v1::GroupBy group);
std::vector<std::string> GroupNames();
audit::v1::GroupBy GroupNamed(const std::string& name);

// Asks page after page and adds up what comes.
absl::StatusOr<GroupSum> SumUp(Connection& connection, audit::v1::AggregateEventsRequest request);

}  // namespace daybook::cli
