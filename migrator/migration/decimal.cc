#include "migrator/migration/decimal.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace daybook::migration {
namespace {

bool AreDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
}

}  // namespace

absl::StatusOr<Decimal> Decimal::Parse(absl::string_view text) {
  absl::string_view digits = text;
  const bool has_sign = absl::ConsumePrefix(&digits, "-");
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(digits, absl::MaxSplits('.', 1));
  const bool has_point = parts.first.size() != digits.size();
  if (!AreDigits(parts.first) || (has_point && !AreDigits(parts.second))) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is not a decimal number such as 7 or -0.01"));
  }
  Decimal decimal;
  const size_t begin = parts.first.find_first_not_of('0');
  if (begin != absl::string_view::npos) decimal.whole_ = std::string(parts.first.substr(begin));
  const size_t end = parts.second.find_last_not_of('0');
  if (end != absl::string_view::npos)
    decimal.fraction_ = std::string(parts.second.substr(0, end + 1));
  const bool is_zero = decimal.whole_.empty() && decimal.fraction_.empty();
  decimal.is_negative_ = has_sign && !is_zero;
  return decimal;
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  if (a.is_negative_ != b.is_negative_) {
    return a.is_negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  const Decimal& low = a.is_negative_ ? b : a;
  const Decimal& high = a.is_negative_ ? a : b;
  if (low.whole_.size() != high.whole_.size()) return low.whole_.size() <=> high.whole_.size();
  if (low.whole_ != high.whole_) return low.whole_ <=> high.whole_;
  return low.fraction_ <=> high.fraction_;
}

}  // namespace daybook::migration
