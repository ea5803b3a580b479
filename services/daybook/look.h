#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "absl/time/time.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// How tables and comma-separated values come out.
struct Look {
  bool has_color = false;
  bool is_terminal = false;
  std::optional<size_t> columns = std::nullopt;  // of the terminal; nothing is cut without one
  absl::TimeZone zone = absl::UTCTimeZone();
};

// What of the surroundings decides about colours when nobody asks for them.
struct Surroundings {
  bool is_terminal = false;
  std::string term = {};  // TERM
  bool no_color = false;  // NO_COLOR is set, and not empty
};

// Whether there are colours with --color `when`: auto, always or never.
bool HasColor(const std::string& when, const Surroundings& around);

// What answers are shown as.
enum class Format { kTable, kJson, kCsv };

// The options of commands that show a table.
class LookOptions {
 public:
  // Both must stay where they are.
  void AddTo(CLI::App& app);

  // For what goes to stdout.
  Look ForStdout() const;

  // `json` is the program's own flag. Not both: --json and --csv are one too many.
  bool IsBoth(bool json) const { return json && csv_; }
  Format FormatWith(bool json) const;

  absl::TimeZone zone() const;

 private:
  std::string color_ = "auto";
  bool csv_ = false;
  bool utc_ = false;
};

}  // namespace daybook::cli
