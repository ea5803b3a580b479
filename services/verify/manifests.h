#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"

#include "ledger/hash.h"
#include "storage/manifest.h"
#include "storage/manifest_store.h"
#include "verify/findings.h"
#include "verify/unit_result.h"

namespace daybook::verify {

// What the events of a log are, in blocks of 2^16 from its begin on.
struct Blocks {
  std::vector<ledger::Hash> roots = {};
  std::vector<storage::SpanSummary> summaries = {};
  uint64_t begin = 0;  // the events below are dropped: the roots are what is known of them
};

// The seq with which the span begins that the text of a manifest is about.
std::optional<uint64_t> FirstSummedUp(absl::string_view text);

// Holds what the log says of its spans, and the count tables that are kept, against
// the events; of dropped ones only that the log says something, and where the tables say. Where
// rows are wrong themselves, that is what is wrong: `findings` has them already.
void CheckManifests(uint64_t span_events, const Blocks& blocks, const std::vector<Manifest>& said,
                    const std::map<uint64_t, storage::StoredManifest>& kept, uint64_t log_size,
                    Findings& findings);

}  // namespace daybook::verify
