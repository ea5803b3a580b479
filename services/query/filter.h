#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "query/field.h"

namespace daybook::query {

// A value as a store holds it: times in microseconds, enums as numbers,
// addresses in canonical form.
using Value = std::variant<int64_t, std::string>;

// `field = value`.
struct Term {
  const Field* field = nullptr;
  Value value;
};

// The events a query asks for: those that all terms hold for.
//
// Immutable.
class Filter {
 public:
  // The filter that every event passes.
  Filter() = default;

  // INVALID_ARGUMENT on the field `filter`, with the column: FILTER_SYNTAX, also
  // for a value that the field cannot have; FILTER_FIELD_UNKNOWN.
  static absl::StatusOr<Filter> Parse(absl::string_view text);

  const std::vector<Term>& terms() const { return terms_; }

  // One text for all spellings of the same filter.
  std::string Normalised() const;

 private:
  explicit Filter(std::vector<Term> terms) : terms_(std::move(terms)) {}
  std::vector<Term> terms_;
};

}  // namespace daybook::query
