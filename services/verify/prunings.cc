#include "verify/prunings.h"

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "ledger/canonical_text.h"
#include "storage/dropped_events.h"

namespace daybook::verify {
namespace {

using ::daybook::ledger::Hash;

constexpr absl::string_view kRoots = R"(,"roots":[)";

// Nothing where one of them is none. What people said stands before, with its quotes
// escaped.
std::vector<Hash> RootsIn(absl::string_view text) {
  const size_t place = text.rfind(kRoots);
  if (place == absl::string_view::npos) return {};
  absl::string_view list = text.substr(place + kRoots.size());
  if (!absl::ConsumeSuffix(&list, "]}")) return {};
  std::vector<Hash> roots;
  for (absl::string_view each : absl::StrSplit(list, ',')) {
    const bool is_quoted = absl::ConsumePrefix(&each, "\"") && absl::ConsumeSuffix(&each, "\"");
    const std::optional<Hash> root =
        is_quoted ? ledger::HashFromBase64(each) : std::optional<Hash>();
    if (!root) return {};
    roots.push_back(*root);
  }
  return roots;
}

bool IsOfWholeSpans(const Pruning& pruning, uint64_t span_events) {
  return pruning.first % span_events == 0 && pruning.end % span_events == 0 &&
         pruning.roots.size() == (pruning.end - pruning.first) / span_events;
}

}  // namespace

Pruning ParsePruning(uint64_t seq, absl::string_view public_details) {
  Pruning pruning{.seq = seq};
  const std::optional<storage::DroppedEvents> events = storage::ParseDroppedEvents(public_details);
  if (!events || events->last.value() >= seq) return pruning;
  pruning.first = events->first.value();
  pruning.end = events->last.value() + 1;
  pruning.roots = RootsIn(public_details);
  return pruning;
}

std::set<uint64_t> CheckDropsDeclared(uint64_t span_events,
                                      const std::vector<std::optional<Hash>>& roots,
                                      const std::vector<Pruning>& prunings, uint64_t signed_size,
                                      Findings& findings) {
  std::vector<bool> is_declared(roots.size());
  std::set<uint64_t> seqs;
  for (const Pruning& pruning : prunings) {
    if (!IsOfWholeSpans(pruning, span_events) || pruning.seq >= signed_size) continue;
    const uint64_t first = pruning.first / span_events;
    for (uint64_t i = 0; i < pruning.roots.size() && first + i < roots.size(); ++i) {
      if (roots[first + i] && pruning.roots[i] != *roots[first + i]) continue;
      is_declared[first + i] = true;
      seqs.insert(pruning.seq);
    }
  }
  for (uint64_t span = 0; span < roots.size(); ++span) {
    if (is_declared[span] || !roots[span]) continue;
    findings.Add({.fault = Fault::kUndeclaredPruning,
                  .first_seq = span * span_events,
                  .last_seq = (span + 1) * span_events - 1,
                  .what = "they were dropped"});
  }
  return seqs;
}

}  // namespace daybook::verify
