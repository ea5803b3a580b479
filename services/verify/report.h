#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "verify/findings.h"
#include "verify/ledger_records.h"

namespace daybook::verify {

// What verifying a store has shown.
struct Report {
  std::string origin;           // the log's name in its checkpoints
  uint64_t size = 0;            // of the log, when it was begun
  uint64_t begin = 0;           // the events below are dropped,
  std::set<uint64_t> prunings;  // as these declare
  uint64_t events = 0;
  uint64_t erased_events = 0;
  uint64_t checkpoints = 0;          // that are kept
  std::optional<SignedHead> newest;  // of them, by size, that is no worse than its signature
  bool is_anchored = false;          // a checkpoint from outside was held against it
  bool is_unprovable = false;        // what the one from outside is proven with was dropped
  Findings findings;

  bool is_verified() const { return findings.empty(); }
  // Those that no checkpoint covers.
  uint64_t beyond() const {
    const uint64_t covered = newest ? newest->head.size.value() : 0;
    return size > covered ? size - covered : 0;
  }
};

}  // namespace daybook::verify
