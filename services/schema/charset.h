#pragma once

#include <array>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daybook::schema {

// A set of ASCII characters.
//
// Immutable.
class Charset {
 public:
  // Parses the inside of a bracket expression: single characters and ranges,
  // "a-z0-9_.". A '-' that is meant stands last. INVALID_ARGUMENT for a
  // descending range, for what is not printable ASCII, and for '[', ']', '^',
  // '\' and the single quote, which mean something else in a database.
  static absl::StatusOr<Charset> Parse(absl::string_view expression);

  bool Contains(char c) const { return is_member_[static_cast<unsigned char>(c)]; }
  bool ContainsAll(absl::string_view text) const;

 private:
  Charset() = default;
  std::array<bool, 256> is_member_{};
};

}  // namespace daybook::schema
