#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "ledger/hash.h"
#include "storage/manifest_store.h"
#include "verify/findings.h"
#include "verify/kept_records.h"
#include "verify/prunings.h"
#include "verify/unit_result.h"

namespace daybook::verify {

// The spans of a log whose events are dropped, by the hashes that ledger.db keeps of
// their blocks, held against what the log says of them. What of it cannot be computed
// without the events is not looked at: the first and last time, the sums of outcomes.
//
// Thread-compatible.
class DroppedSpans {
 public:
  // `blocks` are the roots of the log's blocks from the first on, of which those below
  // `begin` are by ledger.db; of those that it lacks there are findings already.
  DroppedSpans(uint64_t span_events, uint64_t begin, const std::vector<ledger::Hash>& blocks,
               const std::map<uint64_t, ledger::Hash>& subtrees);

  // Where nothing proves the kept hashes, and what sums up a span says another root, finds
  // that they were changed. Returns the first of their events.
  std::optional<uint64_t> DoubtBy(const std::vector<Manifest>& said, Findings& findings);

  // As CheckDropsDeclared.
  std::set<uint64_t> CheckDeclared(const std::vector<Pruning>& prunings, uint64_t signed_size,
                                   Findings& findings) const;

  // Holds what sums them up against the roots, the count tables that are kept against
  // that, and the leaves against the tables. `findings` tell which rows and leaves are wrong.
  void CheckSummaries(const std::vector<Manifest>& said,
                      const std::map<uint64_t, storage::StoredManifest>& kept,
                      const std::map<uint64_t, KeptLeaf>& leaves, Findings& findings) const;

 private:
  // The span, if it is one of these and its root is known, and what of the text that sums
  // it up the root decides.
  std::optional<uint64_t> SpanOf(const Manifest& manifest) const;
  bool HasRoot(const Manifest& manifest, uint64_t span) const;
  void CheckLeaves(uint64_t span, const std::string& counts,
                   const std::map<uint64_t, KeptLeaf>& leaves, Findings& findings) const;
  uint64_t First(uint64_t span) const { return span * span_events_; }
  uint64_t Last(uint64_t span) const { return First(span + 1) - 1; }

  const uint64_t span_events_;
  std::vector<std::optional<ledger::Hash>> roots_;  // none where the kept hashes are wrong
};

}  // namespace daybook::verify
