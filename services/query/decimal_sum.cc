#include "query/decimal_sum.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

#include "query/decimal.h"

namespace daybook::query {
namespace {

constexpr int kWholeDigits = 27;
constexpr int kPartDigits = 18;
constexpr absl::int128 kOne = 1'000'000'000'000'000'000;  // in parts

absl::int128 NumberOf(absl::string_view digits, int64_t zeros) {
  absl::int128 number = 0;
  for (const char digit : digits) number = number * 10 + (digit - '0');
  for (int64_t i = 0; i < zeros; ++i) number *= 10;
  return number;
}

std::string TextOf(absl::int128 number) {  // not below 0
  std::string digits;
  do {
    digits.push_back(static_cast<char>('0' + static_cast<int>(number % 10)));
    number /= 10;
  } while (number != 0);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

std::string ShortestText(double number) {
  constexpr int kAlwaysEnough = 17;
  for (int digits = 1; digits < kAlwaysEnough; ++digits) {
    std::string text = absl::StrFormat("%.*g", digits, number);
    double again = 0;
    if (absl::SimpleAtod(text, &again) && again == number) return text;
  }
  return absl::StrFormat("%.17g", number);
}

}  // namespace

void DecimalSum::Add(absl::string_view number) {
  const Decimal decimal = Decimal::Of(number);
  const auto digits = static_cast<int64_t>(decimal.digits.size());
  if (digits != 0 && (decimal.point > kWholeDigits || digits - decimal.point > kPartDigits)) {
    return AddInexact(number);
  }
  ++numbers_;
  if (digits == 0) return;
  const int64_t before = std::clamp<int64_t>(decimal.point, 0, digits);
  const absl::string_view all = decimal.digits;
  const absl::int128 whole = NumberOf(all.substr(0, static_cast<size_t>(before)),
                                      std::max<int64_t>(decimal.point - digits, 0));
  const absl::int128 parts = NumberOf(all.substr(static_cast<size_t>(before)),
                                      kPartDigits - std::max(digits - decimal.point, int64_t{0}));
  whole_ += decimal.is_negative ? -whole : whole;
  parts_ += decimal.is_negative ? -parts : parts;
}

void DecimalSum::AddInexact(absl::string_view number) {
  double real = 0;
  if (!absl::SimpleAtod(number, &real) || !std::isfinite(real)) return;
  ++numbers_;
  ++inexact_numbers_;
  inexact_ += real;
}

void DecimalSum::Add(const DecimalSum& other) {
  numbers_ += other.numbers_;
  inexact_numbers_ += other.inexact_numbers_;
  whole_ += other.whole_;
  parts_ += other.parts_;
  inexact_ += other.inexact_;
}

DecimalSum DecimalSum::Of(absl::string_view text, uint64_t numbers) {
  DecimalSum sum;
  sum.Add(text);
  sum.numbers_ = numbers;
  return sum;
}

double DecimalSum::value() const {
  const absl::int128 whole = whole_ + parts_ / kOne;
  const auto part = static_cast<long double>(parts_ % kOne) / static_cast<long double>(kOne);
  return static_cast<double>(static_cast<long double>(whole) + part + inexact_);
}

std::string DecimalSum::text() const {
  if (!is_exact()) return ShortestText(value());
  absl::int128 whole = whole_ + parts_ / kOne;
  absl::int128 parts = parts_ % kOne;
  if (whole > 0 && parts < 0) {
    whole -= 1;
    parts += kOne;
  } else if (whole < 0 && parts > 0) {
    whole += 1;
    parts -= kOne;
  }
  const bool is_negative = whole < 0 || parts < 0;
  std::string text = absl::StrCat(is_negative ? "-" : "", TextOf(is_negative ? -whole : whole));
  if (parts == 0) return text;
  std::string behind = TextOf((is_negative ? -parts : parts) + kOne).substr(1);
  while (behind.back() == '0') behind.pop_back();
  return absl::StrCat(text, ".", behind);
}

bool DecimalSum::CanBeWritten() const { return is_exact() && Of(text(), numbers_).is_exact(); }

}  // namespace daybook::query
