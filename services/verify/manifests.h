#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "ledger/hash.h"
#include "storage/manifest.h"
#include "storage/manifest_store.h"
#include "verify/findings.h"
#include "verify/unit_check.h"

namespace daybook::verify {

// What the events of a log are, in blocks of 2^16 from its begin on.
struct Blocks {
  std::vector<ledger::Hash> roots = {};
  std::vector<storage::SpanSummary> summaries = {};
};

// Holds what the log says of its spans, and the count tables that are kept, against
// the events. Where rows are wrong themselves, that is what is wrong: `findings` has
// them already.
void CheckManifests(uint64_t span_events, const Blocks& blocks, const std::vector<Manifest>& said,
                    const std::map<uint64_t, storage::StoredManifest>& kept, uint64_t log_size,
                    Findings& findings);

}  // namespace daybook::verify
