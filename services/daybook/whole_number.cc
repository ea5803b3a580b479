#include "daybook/whole_number.h"

#include <algorithm>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace daybook::cli {
namespace {

constexpr double kYearOfSeconds = 366 * 86'400.0;

bool HasOnlyDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

// Nothing where it is no number of this type. Zeros in front count for nothing.
template <typename Number>
std::optional<Number> ParsedNumber(absl::string_view text, absl::string_view digits) {
  Number number = 0;
  if (!HasOnlyDigits(digits) || !absl::SimpleAtoi(text, &number)) return std::nullopt;
  return number;
}

std::string Refusal(absl::string_view wanted, absl::string_view text) {
  return absl::StrCat("takes ", wanted, "; '", text, "' is none");
}

std::string RangeText(uint64_t least, uint64_t most) {
  if (most == std::numeric_limits<uint64_t>::max()) {
    return least == 0 ? "" : absl::StrCat(" from ", least, " on");
  }
  return absl::StrCat(" from ", least, " to ", most);
}

}  // namespace

CLI::Validator WholeNumber(uint64_t least, uint64_t most) {
  const auto normalise = [least, most](std::string& text) -> std::string {
    const auto number = ParsedNumber<uint64_t>(text, text);
    if (!number || *number < least || *number > most) {
      return Refusal(absl::StrCat("a whole number", RangeText(least, most), " such as 100"), text);
    }
    text = absl::StrCat(*number);
    return "";
  };
  return CLI::Validator(normalise, "");
}

CLI::Validator SignedNumber() {
  const auto normalise = [](std::string& text) -> std::string {
    const auto number = ParsedNumber<int64_t>(text, absl::StripPrefix(text, "-"));
    if (!number) return Refusal("a whole number such as 7 or -7", text);
    text = absl::StrCat(*number);
    return "";
  };
  return CLI::Validator(normalise, "");
}

CLI::Validator Seconds(double least) {
  const auto check = [least](const std::string& text) -> std::string {
    double seconds = 0;
    // Of what is no number at all every comparison is false.
    const bool is_known = absl::SimpleAtod(text, &seconds);
    const bool is_within = seconds >= least && seconds <= kYearOfSeconds;
    if (is_known && is_within) return "";
    return Refusal(absl::StrCat("seconds from ", least, " to a year, such as 2.5"), text);
  };
  return CLI::Validator(check, "");
}

}  // namespace daybook::cli
