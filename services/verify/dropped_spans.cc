#include "verify/dropped_spans.h"

#include <algorithm>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "ledger/canonical_text.h"
#include "ledger/compact_range.h"
#include "storage/retention_store.h"
#include "verify/leaf_block.h"
#include "verify/manifests.h"

namespace daybook::verify {
namespace {

using ::daybook::ledger::Hash;

// Of a table of lines `action,outcome,n`, how many events of which the leaf remains.
std::map<std::string, uint64_t> LeavesBy(const std::string& counts) {
  std::map<std::string, uint64_t> leaves;
  for (const absl::string_view line : absl::StrSplit(counts, '\n', absl::SkipEmpty())) {
    const std::vector<absl::string_view> parts = absl::StrSplit(line, ',');
    uint64_t events = 0;
    if (parts.size() != 3 || !absl::SimpleAtoi(parts[2], &events)) continue;
    if (storage::OutlastsPruning(parts[0])) leaves[std::string(parts[0])] += events;
  }
  return leaves;
}

}  // namespace

DroppedSpans::DroppedSpans(uint64_t span_events, uint64_t begin, const std::vector<Hash>& blocks,
                           const std::map<uint64_t, Hash>& subtrees)
    : span_events_(span_events), roots_(begin / span_events) {
  const uint64_t each = span_events / LeafBlock::kLeaves;
  for (uint64_t span = 0; span < roots_.size(); ++span) {
    ledger::CompactRange tree;
    bool is_whole = true;
    for (uint64_t block = span * each; block < (span + 1) * each; ++block) {
      is_whole = is_whole && subtrees.contains(block);
      tree.AddSubtree(LeafBlock::kHeight, blocks[block]);
    }
    if (is_whole) roots_[span] = tree.Root();
  }
}

std::optional<uint64_t> DroppedSpans::SpanOf(const Manifest& manifest) const {
  const std::optional<uint64_t> first = FirstSummedUp(manifest.text);
  if (!first || *first % span_events_ != 0) return std::nullopt;
  const uint64_t span = *first / span_events_;
  if (span >= roots_.size() || !roots_[span]) return std::nullopt;
  return span;
}

bool DroppedSpans::HasRoot(const Manifest& manifest, uint64_t span) const {
  return absl::StartsWith(manifest.text,
                          absl::StrCat(R"({"first":)", First(span), R"(,"last":)", Last(span),
                                       R"(,"root":")", ledger::ToBase64(*roots_[span]), R"(",)"));
}

std::optional<uint64_t> DroppedSpans::DoubtBy(const std::vector<Manifest>& said,
                                              Findings& findings) {
  std::optional<uint64_t> first;
  for (const Manifest& manifest : said) {
    const std::optional<uint64_t> span = SpanOf(manifest);
    if (!span || HasRoot(manifest, *span)) continue;
    roots_[*span].reset();
    first = std::min(First(*span), first.value_or(First(*span)));
    findings.Add({.fault = Fault::kSubtreeMismatch,
                  .first_seq = First(*span),
                  .last_seq = Last(*span),
                  .what = absl::StrCat("ledger.db: event ", manifest.seq, " says another root")});
  }
  return first;
}

std::set<uint64_t> DroppedSpans::CheckDeclared(const std::vector<Pruning>& prunings,
                                               uint64_t signed_size, Findings& findings) const {
  return CheckDropsDeclared(span_events_, roots_, prunings, signed_size, findings);
}

void DroppedSpans::CheckSummaries(const std::vector<Manifest>& said,
                                  const std::map<uint64_t, storage::StoredManifest>& kept,
                                  const std::map<uint64_t, KeptLeaf>& leaves,
                                  Findings& findings) const {
  for (const Manifest& manifest : said) {
    const std::optional<uint64_t> span = SpanOf(manifest);
    if (!span || findings.TellOfRows(manifest.seq, manifest.seq)) continue;
    if (!HasRoot(manifest, *span)) {
      findings.Add(Fault::kManifestMismatch, manifest.seq, "public_details");
      continue;
    }
    const auto table = kept.find(*span);
    if (table == kept.end() || table->second.seq.value() != manifest.seq) continue;
    const Hash digest = ledger::Sha256(table->second.counts);
    const std::string end = absl::StrCat(R"(,"counts_sha256":")",
                                         absl::BytesToHexString(ledger::AsBytes(digest)), R"("})");
    if (absl::EndsWith(manifest.text, end)) {
      CheckLeaves(*span, table->second.counts, leaves, findings);
    } else {
      findings.Add(Fault::kManifestMismatch, absl::StrCat("ledger.db: the counts of span ", *span));
    }
  }
}

// The table tells how many there must be.
void DroppedSpans::CheckLeaves(uint64_t span, const std::string& counts,
                               const std::map<uint64_t, KeptLeaf>& leaves,
                               Findings& findings) const {
  std::map<std::string, uint64_t> there;
  const auto end = leaves.lower_bound(First(span + 1));
  for (auto leaf = leaves.lower_bound(First(span)); leaf != end; ++leaf) {
    ++there[leaf->second.action];
  }
  if (findings.TellOfRows(First(span), Last(span))) return;  // of leaves: said already
  for (const auto& [action, events] : LeavesBy(counts)) {
    if (there[action] == events) continue;
    findings.Add({.fault = Fault::kKeptLeafMissing,
                  .first_seq = First(span),
                  .last_seq = Last(span),
                  .what = absl::StrCat("ledger.db: of ", events, " leaves of ", action, ", ",
                                       there[action], " are kept")});
  }
}

}  // namespace daybook::verify
