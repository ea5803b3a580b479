#pragma once

#include <cstdint>
#include <vector>

#include "bench/random.h"

namespace daybook::bench {

// Draws 0 … n - 1, each as often as its weight says, in constant time (Vose).
//
// Immutable.
class AliasTable {
 public:
  explicit AliasTable(const std::vector<double>& weights);

  uint64_t Draw(Random& random) const;

 private:
  struct Cell {
    uint32_t threshold;  // of 2^32: below it the cell's own number
    uint32_t other;
  };
  std::vector<Cell> cells_;
};

}  // namespace daybook::bench
