#include "query/duration.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"

namespace daybook::query {
namespace {

constexpr absl::Duration kLongestDuration = absl::Hours(24 * 365 * 100);

std::optional<absl::Duration> UnitNamed(char letter) {
  switch (letter) {
    case 's':
      return absl::Seconds(1);
    case 'm':
      return absl::Minutes(1);
    case 'h':
      return absl::Hours(1);
    case 'd':
      return absl::Hours(24);
    case 'w':
      return absl::Hours(24 * 7);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<absl::Duration> ParseDuration(absl::string_view text) {
  absl::Duration sum;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    size_t digits = 0;
    while (digits < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[digits]))) {
      ++digits;
    }
    int64_t count = 0;
    if (digits == text.size() || !absl::SimpleAtoi(text.substr(0, digits), &count)) {
      return std::nullopt;
    }
    const std::optional<absl::Duration> unit = UnitNamed(text[digits]);
    if (!unit) return std::nullopt;
    sum += *unit * count;
    text.remove_prefix(digits + 1);
  }
  if (sum > kLongestDuration) return std::nullopt;
  return sum;
}

}  // namespace daybook::query
