#pragma once

#include <cstdint>
#include <limits>

#include "query/filter.h"

namespace daybook::query {

// Numbers from `first` to `last`, both inclusive; none where `first` is behind `last`.
struct NumberRange {
  int64_t first = std::numeric_limits<int64_t>::min();
  int64_t last = std::numeric_limits<int64_t>::max();
};

// Those that a field of numbers must have in an event that passes.
NumberRange RequiredNumbers(const Filter& filter, int field);

}  // namespace daybook::query
