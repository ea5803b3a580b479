#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "daybook/connection.h"
#include "daybook/exit_code.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// Which events: a filter, and the options that stand for the usual ones.
class FilterOptions {
 public:
  enum class Times { kOffered, kNotOffered };  // --since and --until

  // Both must stay where they are.
  void AddTo(CLI::App& app, Times times);

  // All of it as one filter; days begin in `zone`. UsageError for times that are none.
  absl::StatusOr<std::string> Build(absl::TimeZone zone) const;

  // Likewise, with durations of --since and --until counted back from `now`, so that
  // the filter means the same whenever it is asked.
  absl::StatusOr<std::string> BuildAsOf(absl::TimeZone zone, absl::Time now) const;

  // As it was written on the command line.
  const std::string& written() const { return filter_; }

 private:
  std::vector<std::string> Parts() const;

  std::string filter_;
  std::vector<std::string> actors_;
  std::vector<int64_t> user_ids_;
  std::vector<std::string> telegram_ids_;
  std::vector<std::string> actions_;
  std::vector<std::string> outcomes_;
  std::string since_;
  std::string until_;
};

// Tells what went wrong. Where options became part of the `filter` that was asked, shows
// it: the columns that the service names are of the whole.
ExitCode TellFilterFailure(const Connection& connection, const FilterOptions& options,
                           const std::string& filter, const absl::Status& error);

}  // namespace daybook::cli
