#pragma once

#include <compare>
#include <cstdint>

namespace daybook {

// An event's place in the log, counted from zero, and its leaf in the ledger:
// the same number.
class Seq {
 public:
  constexpr explicit Seq(uint64_t value) : value_(value) {}
  constexpr uint64_t value() const { return value_; }
  friend constexpr auto operator<=>(Seq, Seq) = default;

 private:
  uint64_t value_;
};

// How many events a log holds. Not a Seq: the last event of a log of size n
// is at seq n - 1.
class LogSize {
 public:
  constexpr explicit LogSize(uint64_t value) : value_(value) {}
  constexpr uint64_t value() const { return value_; }
  constexpr bool Contains(Seq seq) const { return seq.value() < value_; }
  friend constexpr auto operator<=>(LogSize, LogSize) = default;

 private:
  uint64_t value_;
};

}  // namespace daybook
