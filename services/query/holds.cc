#include "query/holds.h"

#include <optional>
#include <string>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "query/json_value.h"

namespace daybook::query {
namespace {

template <typename T>
int Order(const T& a, const T& b) {
  return a < b ? -1 : static_cast<int>(b < a);
}

bool Fits(const Pattern& pattern, absl::string_view text) {
  if (pattern.open_front && pattern.open_back) return absl::StrContains(text, pattern.text);
  return pattern.open_front ? absl::EndsWith(text, pattern.text)
                            : absl::StartsWith(text, pattern.text);
}

// What is left to compare once a JSON value is known to be there: by the type that the
// term compares with. Nothing where the value is of another one.
class JsonOrder {
 public:
  explicit JsonOrder(absl::string_view value) : value_(value) {}

  std::optional<int> operator()(AnyValue /*any*/) const { return 0; }
  std::optional<int> operator()(JsonNull /*null*/) const { return OfWord("null"); }
  std::optional<int> operator()(bool truth) const {
    if (value_ != "true" && value_ != "false") return std::nullopt;
    return Order(value_ == "true", truth);
  }
  std::optional<int> operator()(int64_t number) const {
    int64_t written = 0;
    if (!IsNumber(value_)) return std::nullopt;
    if (absl::SimpleAtoi(value_, &written)) return Order(written, number);
    return (*this)(Decimal::Of(absl::StrCat(number)));
  }
  std::optional<int> operator()(const Decimal& number) const {
    if (!IsNumber(value_)) return std::nullopt;
    return query::Order(Decimal::Of(value_), number);
  }
  std::optional<int> operator()(const std::string& text) const {
    if (value_.front() != '"') return std::nullopt;
    return Order(absl::string_view(Unescaped(value_)), absl::string_view(text));
  }
  std::optional<int> operator()(const Pattern& pattern) const {
    if (value_.front() != '"') return std::nullopt;
    return Fits(pattern, Unescaped(value_)) ? 0 : 1;
  }

 private:
  std::optional<int> OfWord(absl::string_view word) const {
    if (value_ != word) return std::nullopt;
    return 0;
  }

  const absl::string_view value_;
};

bool IsEqual(absl::string_view json, const Value& value) {
  return std::visit(JsonOrder(json), value) == 0;
}

// An element of an array, a name of an object, a part of a text, or the value itself.
bool Has(absl::string_view json, const Value& value) {
  if (std::holds_alternative<AnyValue>(value)) return true;
  const auto* const text = std::get_if<std::string>(&value);
  switch (json.front()) {
    case '[': {
      JsonElements elements(json);
      while (const std::optional<absl::string_view> element = elements.Next()) {
        if (IsEqual(*element, value)) return true;
      }
      return false;
    }
    case '{':
      return text != nullptr && MemberAt(json, {text, 1}).has_value();
    case '"':
      return text != nullptr && absl::StrContains(Unescaped(json), *text);
    default:
      return IsEqual(json, value);
  }
}

}  // namespace

bool Passes(Comparison comparison, int order) {
  switch (comparison) {
    case Comparison::kEqual:
    case Comparison::kHas:
      return order == 0;
    case Comparison::kNotEqual:
      return order != 0;
    case Comparison::kLess:
      return order < 0;
    case Comparison::kAtMost:
      return order <= 0;
    case Comparison::kGreater:
      return order > 0;
    case Comparison::kAtLeast:
      return order >= 0;
  }
  return false;
}

bool HoldsForText(const Term& term, absl::string_view text) {
  if (std::holds_alternative<AnyValue>(term.value)) return true;
  if (const auto* const pattern = std::get_if<Pattern>(&term.value)) {
    return Fits(*pattern, text) == (term.comparison == Comparison::kEqual);
  }
  const auto& value = std::get<std::string>(term.value);
  if (term.comparison == Comparison::kHas) return absl::StrContains(text, value);
  return Passes(term.comparison, Order(text, absl::string_view(value)));
}

bool HoldsForInteger(const Term& term, int64_t number) {
  if (std::holds_alternative<AnyValue>(term.value)) return true;
  return Passes(term.comparison, Order(number, std::get<int64_t>(term.value)));
}

bool HoldsForJson(const Term& term, absl::string_view object) {
  const std::optional<absl::string_view> json = MemberAt(object, term.path);
  if (!json || json->empty()) return false;
  if (term.comparison == Comparison::kHas) return Has(*json, term.value);
  const std::optional<int> order = std::visit(JsonOrder(*json), term.value);
  // What is of another type is not equal, and comes neither before nor behind.
  return order ? Passes(term.comparison, *order) : term.comparison == Comparison::kNotEqual;
}

}  // namespace daybook::query
