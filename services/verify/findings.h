#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "verify/fault.h"

namespace daybook::verify {

// What was found, up to some number: where much is wrong, the first is what counts.
//
// Thread-compatible.
class Findings {
 public:
  static constexpr size_t kMost = 100;

  void Add(Finding finding);
  void Add(Fault fault, uint64_t seq, std::string what);
  // About no event.
  void Add(Fault fault, std::string what);
  // All that the others list, without limit.
  void Add(const Findings& others);

  // What was found at `place` of the list, if there, is of another kind.
  void Change(size_t place, Fault fault);

  // Leaves out where catalog and filters are wrong about events that are wrong themselves.
  void DropConsequences();

  // The earliest events first, what is about no event last.
  void Sort();

  // Whether events among first … last (both inclusive) are not what was recorded.
  bool TellOfRows(uint64_t first, uint64_t last) const;

  bool empty() const { return list_.empty(); }
  const std::vector<Finding>& list() const { return list_; }
  // All, also those that are not in the list.
  uint64_t count() const { return count_; }

  std::optional<uint64_t> FirstBadSeq() const;

 private:
  std::vector<Finding> list_;
  uint64_t count_ = 0;
};

}  // namespace daybook::verify
