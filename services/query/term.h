#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "query/decimal.h"
#include "query/field.h"

namespace daybook::query {

enum class Comparison { kEqual, kNotEqual, kLess, kAtMost, kGreater, kAtLeast, kHas };

// What `field:*` asks for: any value at all.
struct AnyValue {
  bool operator==(const AnyValue&) const = default;
};

// What only details can hold.
struct JsonNull {
  bool operator==(const JsonNull&) const = default;
};

// Text with `*` at its ends.
struct Pattern {
  bool open_front = false;
  std::string text;
  bool open_back = false;

  bool operator==(const Pattern&) const = default;
};

// What a filter compares with, as a store holds it: times in microseconds, enums as
// numbers, addresses in canonical form. Decimals, truth values and null only occur in details.
using Value = std::variant<AnyValue, int64_t, Decimal, bool, JsonNull, std::string, Pattern>;

// One comparison. It is false where the event has no such value, `!=` too.
struct Term {
  const Field* field = nullptr;
  std::vector<std::string> path = {};  // of a member of details
  Comparison comparison = Comparison::kEqual;
  Value value = {};

  bool operator==(const Term&) const = default;
};

// Whether it names the one value that passes.
inline bool IsFixed(const Term& term) {
  return term.comparison == Comparison::kEqual && term.path.empty() &&
         (std::holds_alternative<int64_t>(term.value) ||
          std::holds_alternative<std::string>(term.value));
}

}  // namespace daybook::query
