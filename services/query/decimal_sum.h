#pragma once

#include <cstdint>
#include <string>

#include "absl/numeric/int128.h"
#include "absl/strings/string_view.h"

namespace daybook::query {

// The sum of JSON numbers, as exact as they are written: decimals of at most 27 digits
// before the point and 18 behind it add up exactly, in any order. Others make it a sum of
// doubles.
class DecimalSum {
 public:
  // Adds a number as RFC 8259 writes it. What is beyond a double is left out.
  void Add(absl::string_view number);
  void Add(const DecimalSum& other);

  // What text() said of the sum of so many numbers, where CanBeWritten.
  static DecimalSum Of(absl::string_view text, uint64_t numbers);

  uint64_t numbers() const { return numbers_; }  // that were added
  bool is_exact() const { return inexact_numbers_ == 0; }
  double value() const;

  // "12.5"; of what is not exact the shortest text that gives its double again.
  std::string text() const;

  // Whether text() is all that there is to know of the sum.
  bool CanBeWritten() const;

 private:
  void AddInexact(absl::string_view number);

  uint64_t numbers_ = 0;
  uint64_t inexact_numbers_ = 0;
  absl::int128 whole_ = 0;
  absl::int128 parts_ = 0;  // in 10^-18, of either sign, each number's below 1
  double inexact_ = 0;
};

}  // namespace daybook::query
