#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace daybook::query {

// A JSON number, to its last digit.
struct Decimal {
  // Of a text that is a JSON number.
  static Decimal Of(absl::string_view number);

  bool operator==(const Decimal&) const = default;

  bool is_negative = false;  // never where there are no digits
  std::string digits = {};   // neither first nor last a 0; none for 0
  int64_t point = 0;         // so many digits before it
};

// Below 0 where `a` is the smaller one, above 0 where `b` is.
int Order(const Decimal& a, const Decimal& b);

}  // namespace daybook::query
