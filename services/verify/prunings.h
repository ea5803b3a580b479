#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "ledger/hash.h"
#include "verify/findings.h"

namespace daybook::verify {

// What an event ledger.pruned says: which events are dropped, and the root of each span
// of them.
struct Pruning {
  uint64_t seq = 0;
  uint64_t first = 0;
  uint64_t end = 0;  // the seq behind the last
  std::vector<ledger::Hash> roots = {};
};

// Reads it from the text of the event at `seq`; what it does not say in the form that the
// service writes, it does not declare.
Pruning ParsePruning(uint64_t seq, absl::string_view public_details);

// Finds the dropped spans, with these roots from the first on, that no declaration below
// `signed_size` is of. Those without a root are passed over. Returns where the
// declarations stand.
std::set<uint64_t> CheckDropsDeclared(uint64_t span_events,
                                      const std::vector<std::optional<ledger::Hash>>& roots,
                                      const std::vector<Pruning>& prunings, uint64_t signed_size,
                                      Findings& findings);

}  // namespace daybook::verify
