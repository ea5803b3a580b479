#include "daybook/look.h"

#include <unistd.h>

#include <cstdlib>

#include <CLI/CLI.hpp>
#include <sys/ioctl.h>

namespace daybook::cli {
namespace {

constexpr size_t kUsualColumns = 80;

std::string FromEnvironment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing sets one
  return value == nullptr ? "" : value;
}

size_t TerminalColumns() {
  winsize size{};
  const bool is_known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : kUsualColumns;
}

}  // namespace

bool HasColor(const std::string& when, const Surroundings& around) {
  if (when != "auto") return when == "always";
  return around.is_terminal && !around.no_color && around.term != "dumb" && !around.term.empty();
}

void LookOptions::AddTo(CLI::App& app) {
  app.add_flag("--csv", csv_, "Comma-separated values with a header (RFC 4180), times in UTC");
  app.add_flag("--utc", utc_, "Show times in UTC instead of local time");
  app.add_option("--color", color_, "Whether tables have colours; NO_COLOR turns auto off")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
}

Look LookOptions::ForStdout() const {
  Look look;
  look.is_terminal = isatty(STDOUT_FILENO) != 0;
  look.has_color = HasColor(color_, {.is_terminal = look.is_terminal,
                                     .term = FromEnvironment("TERM"),
                                     .no_color = !FromEnvironment("NO_COLOR").empty()});
  if (look.is_terminal) look.columns = TerminalColumns();
  look.zone = zone();
  return look;
}

Format LookOptions::FormatWith(bool json) const {
  if (json) return Format::kJson;
  return csv_ ? Format::kCsv : Format::kTable;
}

absl::TimeZone LookOptions::zone() const {
  return utc_ ? absl::UTCTimeZone() : absl::LocalTimeZone();
}

}  // namespace daybook::cli
