#pragma once

#include <cstdint>
#include <optional>

#include "core/ids.h"
#include "storage/event_store.h"

namespace daybook::storage {

// Walks the seqs that a scan in order of them examines, in its direction and within its budget,
// in steps that an engine can answer one by one.
//
// Thread-compatible.
class ScanCursor {
 public:
  // Over the events from `begin` on; `as_of` is at most the size of the log.
  ScanCursor(const ScanRequest& request, Seq begin, LogSize as_of);

  // Both inclusive.
  struct Step {
    Seq first{0};
    Seq last{0};
  };

  // The next seq to examine; nothing once the scan has ended.
  std::optional<Seq> next() const;

  // The next step: at most `length` seqs, at least 1, that do not cross a multiple
  // of `segment`. The scan has not ended.
  Step Take(uint64_t length, uint64_t segment);

  // What is left of the budget, and how much of it the last step cost: all its
  // seqs where it looked at each, less where an index led it.
  uint64_t budget() const { return budget_; }
  void Charge(uint64_t events);

  // Ends the scan: the limit was reached with the event at `seq`.
  void StopBehind(Seq seq);

  // Where a later scan goes on; nothing where this one examined everything.
  std::optional<Seq> last_examined() const;
  bool budget_exhausted() const { return !stopped_ && budget_ == 0 && last_examined().has_value(); }

 private:
  Step TakeAscending(uint64_t length, uint64_t segment);
  Step TakeDescending(uint64_t length, uint64_t segment);

  const bool newest_first_;
  uint64_t budget_;
  uint64_t begin_;  // what is left to examine: begin_ up to, without, end_
  uint64_t end_;
  bool stopped_ = false;
};

}  // namespace daybook::storage
