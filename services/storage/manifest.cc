#include "storage/manifest.h"

#include <algorithm>
#include <bit>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "ledger/canonical_text.h"
#include "storage/checkpoint_store.h"

namespace daybook::storage {
namespace {

constexpr std::array<absl::string_view, std::tuple_size_v<OutcomeCounts>> kOutcomes = {
    "", "SUCCESS", "FAILURE", "DENIED"};

}  // namespace

void Count(CountTable& counts, absl::string_view action, int64_t outcome, uint64_t events) {
  auto kind = counts.find(action);
  if (kind == counts.end()) kind = counts.emplace(std::string(action), OutcomeCounts()).first;
  const bool is_known = outcome > 0 && outcome < static_cast<int64_t>(kind->second.size());
  kind->second[is_known ? static_cast<size_t>(outcome) : 0] += events;
}

void Merge(CountTable& counts, const CountTable& others) {
  for (const auto& [action, more] : others) {
    OutcomeCounts& sum = counts[action];
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += more[i];
  }
}

uint64_t SpanEvents(uint64_t segment_events) {
  return std::bit_ceil(std::max(segment_events, uint64_t{1} << kSubtreeHeight));
}

std::string ManifestOf(uint64_t span, uint64_t span_events, const ledger::Hash& root,
                       const SpanSummary& summary) {
  OutcomeCounts outcomes = {};
  for (const auto& [action, counts] : summary.counts) {
    for (size_t i = 0; i < counts.size(); ++i) outcomes[i] += counts[i];
  }
  const ledger::Hash digest = ledger::Sha256(CountsText(summary.counts));
  return absl::StrCat(
      R"({"first":)", span * span_events, R"(,"last":)", (span + 1) * span_events - 1,
      R"(,"root":")", ledger::ToBase64(root), R"(","first_time":)", summary.first_time,
      R"(,"last_time":)", summary.last_time, R"(,"outcomes":{"SUCCESS":)", outcomes[1],
      R"(,"FAILURE":)", outcomes[2], R"(,"DENIED":)", outcomes[3], R"(},"counts_sha256":")",
      absl::BytesToHexString(ledger::AsBytes(digest)), R"("})");
}

std::string CountsText(const CountTable& counts) {
  std::string text;
  for (const auto& [action, by_outcome] : counts) {
    for (size_t i = 0; i < by_outcome.size(); ++i) {
      if (by_outcome[i] == 0) continue;
      absl::StrAppend(&text, action, ",", kOutcomes[i], ",", by_outcome[i], "\n");
    }
  }
  return text;
}

}  // namespace daybook::storage
