#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/timestamp.h"
#include "ledger/hash.h"
#include "storage/manifest.h"
#include "verify/erasures.h"
#include "verify/findings.h"
#include "verify/key_events.h"
#include "verify/prunings.h"

namespace daybook::verify {

// An event that sums up a span of the log.
struct Manifest {
  uint64_t seq = 0;
  std::string text = {};  // its public_details
};

// What the events of one unit add up to.
struct UnitResult {
  uint64_t first_seq = 0;
  uint64_t events = 0;
  uint64_t erased_events = 0;
  std::vector<ledger::Hash> blocks;             // the roots of its complete blocks of 2^16 leaves
  std::vector<storage::SpanSummary> summaries;  // of the same blocks
  // Of each size that a checkpoint signs and that ends in the unit: the subtrees that
  // cover what lies behind the last complete block before it.
  std::map<uint64_t, std::vector<ledger::Hash>> covers;
  bool edge_differs = false;  // from the edge that ledger.db keeps
  std::vector<ErasedRange> erased;
  std::vector<Declaration> declarations;
  std::vector<Manifest> manifests;
  std::vector<KeyEvent> key_events;
  std::vector<Pruning> prunings;
  std::optional<Micros> first_time;
  std::optional<Micros> last_time;
  // From here on the hashes may be wrong, because a row could not be hashed or held
  // against anything.
  std::optional<uint64_t> unsure_from;
  // Tiles of which it is not known whether they or their rows were changed: the place
  // in findings, and the seq behind the tile.
  std::vector<std::pair<size_t, uint64_t>> undecided;
  Findings findings;
};

}  // namespace daybook::verify
