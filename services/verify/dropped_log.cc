#include "verify/dropped_log.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "storage/manifest.h"
#include "verify/kept_block.h"
#include "verify/leaf_block.h"
#include "verify/service_words.h"

namespace daybook::verify {
namespace {

using ::daybook::ledger::Hash;

std::optional<Hash> SubtreeOf(uint64_t block, const LedgerRecords& records) {
  const auto subtree = records.subtrees.find(block);
  return subtree != records.subtrees.end() ? std::optional(subtree->second) : std::nullopt;
}

void TakeBlocks(uint64_t begin, const LedgerRecords& records, UnitResult& dropped) {
  const uint64_t blocks = begin / LeafBlock::kLeaves;
  dropped.blocks.resize(blocks);
  dropped.summaries.resize(blocks);
  for (uint64_t block = 0; block < blocks; ++block) {
    const std::optional<Hash> subtree = SubtreeOf(block, records);
    dropped.blocks[block] = subtree.value_or(Hash{});
    if (subtree) continue;
    const uint64_t first = block * LeafBlock::kLeaves;
    if (!dropped.unsure_from) dropped.unsure_from = first;
    dropped.findings.Add({.fault = Fault::kSubtreeMissing,
                          .first_seq = first,
                          .last_seq = first + LeafBlock::kLeaves - 1,
                          .what = absl::StrCat("ledger.db: subtree ", block)});
  }
}

void TakeWord(uint64_t seq, const KeptLeaf& leaf, UnitResult& dropped) {
  if (leaf.action.empty()) {
    return dropped.findings.Add(Fault::kKeptLeafMismatch, seq, "ledger.db: it is no leaf to keep");
  }
  TakeServiceWord(seq, leaf.action, leaf.public_details, "", dropped);
}

void TakeWords(uint64_t begin, const LedgerRecords& records, UnitResult& dropped) {
  for (const auto& [seq, leaf] : records.kept.leaves) {
    if (seq < begin) {
      TakeWord(seq, leaf, dropped);
    } else {
      dropped.findings.Add(Fault::kKeptLeafMismatch, absl::StrCat("ledger.db: a leaf is kept of ",
                                                                  seq, ", which is not dropped"));
    }
  }
  for (const uint64_t block : records.kept.blocks) {
    if (block < begin / LeafBlock::kLeaves) continue;
    dropped.findings.Add(Fault::kKeptTileMismatch,
                         "ledger.db: a tile is kept of events that are not dropped");
  }
}

// What other tables of ledger.db point to.
void FindMissingLeaves(uint64_t begin, const LedgerRecords& records, UnitResult& dropped) {
  std::set<uint64_t> needed;
  for (const auto& [span, manifest] : records.manifests) needed.insert(manifest.seq.value());
  for (const KeyRow& key : records.keys) {
    if (key.added) needed.insert(*key.added);
    if (key.retired) needed.insert(*key.retired);
  }
  for (const uint64_t seq : needed) {
    if (seq >= begin) return;
    if (records.kept.leaves.contains(seq)) continue;
    dropped.findings.Add(Fault::kKeptLeafMissing, seq, "ledger.db: leaf");
  }
}

// What is to be held against the tiles of a block.
struct BlockWork {
  std::vector<std::pair<uint64_t, bool>> heads = {};  // their sizes, and whether they are kept
  std::vector<uint64_t> leaves = {};
};

std::map<uint64_t, BlockWork> WorkOf(uint64_t begin, const LedgerRecords& records,
                                     const std::vector<SignedHead>& heads) {
  std::map<uint64_t, BlockWork> work;
  for (const uint64_t block : records.kept.blocks) {
    if (block < begin / LeafBlock::kLeaves) work.try_emplace(block);
  }
  for (const SignedHead& head : heads) {
    const uint64_t size = head.head.size.value();
    if (size == 0 || size > begin) continue;
    work[(size - 1) / LeafBlock::kLeaves].heads.emplace_back(size, !head.is_outside);
  }
  for (const auto& [seq, leaf] : records.kept.leaves) {
    if (seq < begin) work[seq / LeafBlock::kLeaves].leaves.push_back(seq);
  }
  return work;
}

// Whether there is about as much left of the events below `begin` as of a log that dropped
// them.
bool IsKept(uint64_t begin, const LedgerRecords& records) {
  return begin / LeafBlock::kLeaves <= records.subtrees.size() + kMostLost;
}

}  // namespace

uint64_t FindBegin(const LedgerRecords& records, uint64_t segment_events,
                   const std::vector<uint64_t>& numbers, Findings& findings) {
  // Of no events is no segment; the analyzer cannot know.
  const uint64_t each =
      std::max(std::lcm(storage::SpanEvents(segment_events), segment_events), uint64_t{1});
  const auto begin = static_cast<uint64_t>(records.kept.begin);
  const bool has_files = !numbers.empty() && numbers.back() >= begin / segment_events;
  if (begin == 0 || (begin % each == 0 && has_files && IsKept(begin, records))) return begin;
  findings.Add(Fault::kLogBeginInvalid,
               absl::StrCat("ledger.db: no log begins at ", records.kept.begin));
  if (numbers.empty() || numbers.front() > std::numeric_limits<uint64_t>::max() / segment_events)
    return 0;
  const uint64_t by_files = numbers.front() * segment_events / each * each;
  return IsKept(by_files, records) ? by_files : 0;
}

void TakeOutStrays(uint64_t first, std::vector<uint64_t>& numbers, Findings& findings) {
  uint64_t expected = first;
  const auto stray = std::find_if(numbers.begin(), numbers.end(), [&expected](uint64_t number) {
    if (number >= expected && number - expected > kMostLost) return true;
    expected = std::max(expected, number + 1);
    return false;
  });
  for (auto each = stray; each != numbers.end(); ++each) {
    findings.Add(Fault::kRowUnexpected,
                 absl::StrCat("segment ", *each, " is far behind the end of the log"));
  }
  numbers.erase(stray, numbers.end());
}

absl::StatusOr<UnitResult> ReadDropped(const db::sqlite::StoreLayout& layout, uint64_t begin,
                                       const LedgerRecords& records,
                                       const std::vector<SignedHead>& heads,
                                       const Advance& advance) {
  UnitResult dropped;
  TakeBlocks(begin, records, dropped);
  TakeWords(begin, records, dropped);
  FindMissingLeaves(begin, records, dropped);
  for (const auto& [number, work] : WorkOf(begin, records, heads)) {
    DAYBOOK_ASSIGN_OR_RETURN(KeptBlock block,
                             KeptBlock::Read(layout, number, SubtreeOf(number, records), dropped));
    block.CheckTiles();
    for (const auto& [size, is_kept] : work.heads) block.TakeCover(size, is_kept);
    for (const uint64_t seq : work.leaves) {
      block.CheckLeaf(seq, records.kept.leaves.at(seq).hash);
    }
    DAYBOOK_RETURN_IF_ERROR(Tell(advance, 0));
  }
  return dropped;
}

}  // namespace daybook::verify
