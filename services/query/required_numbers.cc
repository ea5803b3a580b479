#include "query/required_numbers.h"

#include <algorithm>
#include <variant>

namespace daybook::query {
namespace {

constexpr int64_t kFirst = std::numeric_limits<int64_t>::min();
constexpr int64_t kLast = std::numeric_limits<int64_t>::max();
constexpr NumberRange kNoNumbers = {.first = kLast, .last = kFirst};

NumberRange RangeOf(Comparison comparison, int64_t number) {
  switch (comparison) {
    case Comparison::kEqual:
      return {.first = number, .last = number};
    case Comparison::kLess:
      return number == kFirst ? kNoNumbers : NumberRange{.last = number - 1};
    case Comparison::kAtMost:
      return {.last = number};
    case Comparison::kGreater:
      return number == kLast ? kNoNumbers : NumberRange{.first = number + 1};
    case Comparison::kAtLeast:
      return {.first = number};
    case Comparison::kNotEqual:
    case Comparison::kHas:
      break;
  }
  return {};
}

}  // namespace

NumberRange RequiredNumbers(const Filter& filter, int field) {
  NumberRange numbers;
  for (const Term& term : filter.required()) {
    const auto* const number = std::get_if<int64_t>(&term.value);
    if (term.field->number != field || number == nullptr) continue;
    const NumberRange range = RangeOf(term.comparison, *number);
    numbers.first = std::max(numbers.first, range.first);
    numbers.last = std::min(numbers.last, range.last);
  }
  return numbers;
}

}  // namespace daybook::query
