#include "query/decimal.h"

#include <algorithm>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace daybook::query {
namespace {

// Where it is beyond all reason, the farthest there is.
int64_t ExponentOf(absl::string_view text) {
  absl::ConsumePrefix(&text, "+");
  int32_t exponent = 0;
  if (absl::SimpleAtoi(text, &exponent)) return exponent;
  using Limits = std::numeric_limits<int32_t>;
  return absl::StartsWith(text, "-") ? Limits::min() : Limits::max();
}

int SignOf(const Decimal& number) {
  if (number.digits.empty()) return 0;
  return number.is_negative ? -1 : 1;
}

// The same without their signs; neither is 0.
int OrderOfSizes(const Decimal& a, const Decimal& b) {
  if (a.point != b.point) return a.point < b.point ? -1 : 1;
  return a.digits.compare(b.digits);
}

}  // namespace

Decimal Decimal::Of(absl::string_view number) {
  Decimal decimal;
  decimal.is_negative = absl::ConsumePrefix(&number, "-");
  const size_t mantissa_end = std::min(number.find_first_of("eE"), number.size());
  const absl::string_view mantissa = number.substr(0, mantissa_end);
  const size_t point = std::min(mantissa.find('.'), mantissa.size());
  decimal.digits = std::string(mantissa.substr(0, point));
  decimal.point = static_cast<int64_t>(point);
  if (point < mantissa.size()) absl::StrAppend(&decimal.digits, mantissa.substr(point + 1));
  if (mantissa_end < number.size()) decimal.point += ExponentOf(number.substr(mantissa_end + 1));
  const size_t zeros = std::min(decimal.digits.find_first_not_of('0'), decimal.digits.size());
  if (zeros == decimal.digits.size()) return {};
  decimal.digits.erase(0, zeros);
  decimal.point -= static_cast<int64_t>(zeros);
  decimal.digits.erase(decimal.digits.find_last_not_of('0') + 1);
  return decimal;
}

int Order(const Decimal& a, const Decimal& b) {
  const int sign = SignOf(a);
  if (sign != SignOf(b)) return sign < SignOf(b) ? -1 : 1;
  return sign == 0 ? 0 : sign * OrderOfSizes(a, b);
}

}  // namespace daybook::query
