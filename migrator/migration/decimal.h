#pragma once

#include <compare>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daybook::migration {

// A decimal number, exact whatever its length.
//
// Immutable.
class Decimal {
 public:
  // Parses digits, perhaps behind a minus sign, perhaps with a fraction: `7`,
  // `-0.01`. INVALID_ARGUMENT for anything else, exponents included.
  static absl::StatusOr<Decimal> Parse(absl::string_view text);

  // By value: 1.0 is 1, and -0 is 0.
  friend bool operator==(const Decimal& a, const Decimal& b) = default;
  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);

 private:
  bool is_negative_ = false;
  std::string whole_;     // digits before the point, none of them leading zeros
  std::string fraction_;  // digits behind it, none of them trailing zeros
};

}  // namespace daybook::migration
