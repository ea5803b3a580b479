#include "verify/manifests.h"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "ledger/compact_range.h"
#include "verify/leaf_block.h"

namespace daybook::verify {
namespace {

class ManifestCheck {
 public:
  ManifestCheck(uint64_t span_events, const Blocks& blocks, Findings& findings)
      : span_events_(span_events),
        blocks_in_span_(span_events / LeafBlock::kLeaves),
        blocks_(blocks),
        findings_(findings) {}

  void CheckSaid(const Manifest& manifest) {
    const std::optional<uint64_t> first = FirstSummedUp(manifest.text);
    if (first) said_.emplace(*first / span_events_, manifest.seq);
    if (findings_.TellOfRows(manifest.seq, manifest.seq)) return;
    const bool is_complete =
        first && *first % span_events_ == 0 && *first + span_events_ <= manifest.seq;
    if (is_complete) {
      const uint64_t span = *first / span_events_;
      if (!IsWhole(span) || manifest.text == TextOf(span)) return;
    }
    findings_.Add(Fault::kManifestMismatch, manifest.seq, "public_details");
  }

  void CheckKept(const storage::StoredManifest& manifest, uint64_t log_size) {
    if (manifest.seq.value() >= log_size) return;  // recorded since
    const std::string name = absl::StrCat("ledger.db: the counts of span ", manifest.span);
    const bool is_wrong = findings_.TellOfRows(manifest.seq.value(), manifest.seq.value());
    if (!is_wrong && !said_.contains({manifest.span, manifest.seq.value()})) {
      findings_.Add(Fault::kManifestMismatch,
                    absl::StrCat(name, ": event ", manifest.seq.value(), " does not sum it up"));
    } else if (IsWhole(manifest.span) &&
               manifest.counts != storage::CountsText(SummaryOf(manifest.span).counts)) {
      findings_.Add(Fault::kManifestMismatch, name);
    }
  }

 private:
  // Whether its events can tell.
  bool IsWhole(uint64_t span) const {
    const uint64_t first = span * span_events_;
    return first >= blocks_.begin && (span + 1) * blocks_in_span_ <= blocks_.roots.size() &&
           !findings_.TellOfRows(first, first + span_events_ - 1);
  }

  storage::SpanSummary SummaryOf(uint64_t span) const {
    const size_t begin = span * blocks_in_span_;
    const size_t end = begin + blocks_in_span_;
    storage::SpanSummary summary{.first_time = blocks_.summaries[begin].first_time,
                                 .last_time = blocks_.summaries[end - 1].last_time};
    for (size_t block = begin; block < end; ++block) {
      storage::Merge(summary.counts, blocks_.summaries[block].counts);
    }
    return summary;
  }

  std::string TextOf(uint64_t span) const {
    ledger::CompactRange tree;
    const size_t begin = span * blocks_in_span_;
    for (size_t block = begin; block < begin + blocks_in_span_; ++block) {
      tree.AddSubtree(LeafBlock::kHeight, blocks_.roots[block]);
    }
    return storage::ManifestOf(span, span_events_, tree.Root(), SummaryOf(span));
  }

  const uint64_t span_events_;
  const uint64_t blocks_in_span_;
  const Blocks& blocks_;
  Findings& findings_;
  std::set<std::pair<uint64_t, uint64_t>> said_;  // span, seq
};

}  // namespace

std::optional<uint64_t> FirstSummedUp(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, R"({"first":)")) return std::nullopt;
  uint64_t first = 0;
  const bool is_number = absl::SimpleAtoi(text.substr(0, text.find(',')), &first);
  return is_number ? std::optional(first) : std::nullopt;
}

void CheckManifests(uint64_t span_events, const Blocks& blocks, const std::vector<Manifest>& said,
                    const std::map<uint64_t, storage::StoredManifest>& kept, uint64_t log_size,
                    Findings& findings) {
  ManifestCheck check(span_events, blocks, findings);
  for (const Manifest& manifest : said) check.CheckSaid(manifest);
  uint64_t next = 0;
  for (const auto& [span, manifest] : kept) {
    if (span != next) {
      findings.Add(Fault::kManifestMismatch,
                   absl::StrCat("ledger.db: the counts of span ", next, " are missing"));
    }
    next = span + 1;
    check.CheckKept(manifest, log_size);
  }
  if (next * span_events < blocks.begin) {
    findings.Add(Fault::kManifestMismatch,
                 absl::StrCat("ledger.db: the counts of span ", next, " are missing"));
  }
}

}  // namespace daybook::verify
