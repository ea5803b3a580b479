#pragma once

#include <cstddef>

namespace daybook::sqltext {

// A piece of a text: the bytes from `begin` up to, and without, `end`. Where
// what it stands for is not there, both are 0.
struct Range {
  size_t begin = 0;
  size_t end = 0;

  bool empty() const { return begin == end; }
  bool operator==(const Range&) const = default;
};

}  // namespace daybook::sqltext
