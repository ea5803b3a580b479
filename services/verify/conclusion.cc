#include "verify/conclusion.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "ledger/compact_range.h"
#include "ledger/tree.h"
#include "verify/dropped_spans.h"
#include "verify/erasures_now.h"
#include "verify/leaf_block.h"
#include "verify/manifests.h"
#include "verify/open.h"

namespace daybook::verify {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::WholeRows;
using ::daybook::ledger::Hash;

// Whether the events have the root of a checkpoint; or it cannot be told, since what it is
// proven with is dropped.
enum class Held { kYes, kNo, kUnknown };

class Conclusion {
 public:
  Conclusion(const StoreFacts& facts, const std::vector<UnitResult>& units, const Advance& advance)
      : facts_(facts), advance_(advance) {
    if (facts.begin > 0 || !facts.dropped.findings.empty()) units_.push_back(&facts.dropped);
    for (const UnitResult& unit : units) units_.push_back(&unit);
  }

  absl::StatusOr<Report> Draw() {
    report_.origin = facts_.header.origin;
    report_.begin = facts_.begin;
    report_.size = facts_.size;
    report_.checkpoints = facts_.ledger.checkpoints;
    if (!facts_.ledger.heads.empty()) report_.newest = facts_.ledger.heads.back();
    CompareRoots();
    const bool is_compared = facts_.heads.size() > facts_.ledger.heads.size();
    report_.is_anchored = is_compared && !report_.is_unprovable;
    DoubtDropped();
    TellRoots();
    Merge();
    CheckSubtrees();
    CheckEdge();
    CheckSummaries();
    CheckKeys();
    DAYBOOK_RETURN_IF_ERROR(CheckErasures());
    report_.findings.DropConsequences();
    report_.findings.Sort();
    return std::move(report_);
  }

 private:
  void Merge();
  void CompareRoots();
  Held Compare(const ledger::TreeHead& head, const std::vector<Hash>& cover,
               ledger::CompactRange& range) const;
  Held WithoutCover(const ledger::TreeHead& head) const;
  void DoubtDropped();
  void TellRoots();
  Findings Decided(const UnitResult& unit) const;
  void CheckSubtrees();
  void CheckEdge();
  void CheckSummaries();
  void CheckKeys();
  absl::Status CheckErasures();
  absl::Status CheckAllDeclared(const std::vector<ErasedRange>& erased,
                                std::vector<Declaration> declarations);
  absl::Status CheckGone(uint64_t segment, const std::vector<ErasedRange>& ranges);
  absl::Status CheckGone(const ErasedRange& range, WholeRows& rows);

  // The members of all units, one after the other.
  template <typename Member>
  Member AllOf(Member UnitResult::*member) const;

  const StoreFacts& facts_;
  const Advance& advance_;
  std::vector<const UnitResult*> units_;  // before them what is dropped
  std::vector<Held> holds_;               // for each head
  uint64_t proven_ = 0;                   // the largest size of those that do
  std::optional<uint64_t> unsure_from_;
  Blocks blocks_;
  std::optional<DroppedSpans> dropped_;
  Report report_;
};

void Conclusion::Merge() {
  report_.findings.Add(facts_.findings);
  std::optional<Micros> last_time;
  for (const UnitResult* const unit : units_) {
    report_.events += unit->events;
    report_.erased_events += unit->erased_events;
    report_.findings.Add(Decided(*unit));
    if (last_time && unit->first_time && *unit->first_time < *last_time) {
      report_.findings.Add(Fault::kTimeDecreases, unit->first_seq, "created_at");
    }
    if (unit->last_time) last_time = unit->last_time;
  }
}

template <typename Member>
Member Conclusion::AllOf(Member UnitResult::*member) const {
  Member all;
  for (const UnitResult* const unit : units_) {
    all.insert(all.end(), (unit->*member).begin(), (unit->*member).end());
  }
  return all;
}

// The root that the events give at each size that a checkpoint signs.
void Conclusion::CompareRoots() {
  std::map<uint64_t, const std::vector<Hash>*> covers;
  blocks_ = {.roots = AllOf(&UnitResult::blocks),
             .summaries = AllOf(&UnitResult::summaries),
             .begin = facts_.begin};
  for (const UnitResult* const unit : units_) {
    for (const auto& [size, cover] : unit->covers) covers[size] = &cover;
    if (!unsure_from_) unsure_from_ = unit->unsure_from;
  }
  ledger::CompactRange range;
  for (const SignedHead& head : facts_.heads) {
    const uint64_t size = head.head.size.value();
    const auto cover = covers.find(size);
    holds_.push_back(cover != covers.end() ? Compare(head.head, *cover->second, range)
                                           : WithoutCover(head.head));
    if (holds_.back() == Held::kYes) proven_ = std::max(proven_, size);
    // Only the store's own must have left what they are proven with.
    if (holds_.back() == Held::kUnknown && head.is_outside) report_.is_unprovable = true;
  }
}

// `range` is over whole blocks before those of `head`, and gets those that are not in it yet.
Held Conclusion::Compare(const ledger::TreeHead& head, const std::vector<Hash>& cover,
                         ledger::CompactRange& range) const {
  const uint64_t whole = (head.size.value() - 1) / LeafBlock::kLeaves * LeafBlock::kLeaves;
  while (range.size().value() < whole) {
    range.AddSubtree(LeafBlock::kHeight, blocks_.roots[range.size().value() / LeafBlock::kLeaves]);
  }
  std::vector<Hash> edge = range.edge();
  edge.insert(edge.end(), cover.begin(), cover.end());
  return ledger::Join(edge) == head.root ? Held::kYes : Held::kNo;
}

// One of no event, of dropped ones, or of more than there are.
Held Conclusion::WithoutCover(const ledger::TreeHead& head) const {
  const uint64_t size = head.size.value();
  if (size == 0) return head.root == ledger::EmptyRoot() ? Held::kYes : Held::kNo;
  return size <= facts_.begin ? Held::kUnknown : Held::kNo;
}

// Of what is dropped there are only the hashes that ledger.db keeps. Where no checkpoint
// behind it holds, what sums it up may tell which of them were changed.
void Conclusion::DoubtDropped() {
  if (facts_.begin == 0) return;
  dropped_.emplace(storage::SpanEvents(facts_.header.segment_events), facts_.begin, blocks_.roots,
                   facts_.ledger.subtrees);
  if (proven_ >= facts_.begin) return;
  std::vector<Manifest> said;
  for (const UnitResult* const unit : units_) {
    std::copy_if(unit->manifests.begin(), unit->manifests.end(), std::back_inserter(said),
                 [&](const Manifest& manifest) {
                   return !unit->findings.TellOfRows(manifest.seq, manifest.seq);
                 });
  }
  const std::optional<uint64_t> doubted = dropped_->DoubtBy(said, report_.findings);
  if (doubted) unsure_from_ = std::min(*doubted, unsure_from_.value_or(*doubted));
}

// The first checkpoint that does not hold says where; later ones only repeat it. Where
// a later one holds, the events are right and it was changed itself.
void Conclusion::TellRoots() {
  uint64_t good = 0;
  bool has_told = false;
  for (size_t i = 0; i < holds_.size(); ++i) {
    const SignedHead& head = facts_.heads[i];
    const uint64_t size = head.head.size.value();
    if (holds_[i] == Held::kUnknown) continue;
    if (holds_[i] == Held::kYes) {
      good = size;
    } else if (size <= proven_ || size == 0) {
      report_.findings.Add(Fault::kRootMismatch, absl::StrCat(head.name, " has another root"));
    } else if (size <= facts_.size && !has_told && unsure_from_.value_or(size) >= size) {
      has_told = true;
      report_.findings.Add({.fault = Fault::kRootMismatch,
                            .first_seq = std::min(good, size - 1),
                            .last_seq = size - 1,
                            .what = head.name});
    }
  }
}

// Where a checkpoint vouches for the rows, or for the kept hash of what is dropped, it was
// the tile beside them that was changed.
Findings Conclusion::Decided(const UnitResult& unit) const {
  Findings findings = unit.findings;
  for (const auto& [place, end] : unit.undecided) {
    const Fault tile = end <= facts_.begin ? Fault::kKeptTileMismatch : Fault::kTileMismatch;
    if (end <= proven_) findings.Change(place, tile);
  }
  return findings;
}

void Conclusion::CheckSubtrees() {
  const auto& kept = facts_.ledger.subtrees;
  const uint64_t newest = report_.newest ? report_.newest->head.size.value() : 0;
  const uint64_t first = facts_.begin / LeafBlock::kLeaves;  // the others are looked at already
  for (uint64_t number = first; number < newest / LeafBlock::kLeaves; ++number) {
    if (kept.contains(number)) continue;
    report_.findings.Add({.fault = Fault::kSubtreeMissing,
                          .first_seq = number * LeafBlock::kLeaves,
                          .last_seq = (number + 1) * LeafBlock::kLeaves - 1,
                          .what = absl::StrCat("ledger.db: subtree ", number)});
  }
  for (auto each = kept.lower_bound(facts_.ledger.largest / LeafBlock::kLeaves); each != kept.end();
       ++each) {
    report_.findings.Add(Fault::kSubtreeUnexpected,
                         absl::StrCat("ledger.db: subtree ", each->first));
  }
}

void Conclusion::CheckEdge() {
  const uint64_t size = facts_.ledger.edge_size;
  if (size != facts_.ledger.largest) {
    return report_.findings.Add(Fault::kEdgeMismatch,
                                absl::StrCat("ledger.db: the edge is of size ", size,
                                             ", the newest checkpoint of ", facts_.ledger.largest));
  }
  const bool differs = std::any_of(units_.begin(), units_.end(),
                                   [](const UnitResult* unit) { return unit->edge_differs; });
  if (differs && size <= proven_) report_.findings.Add(Fault::kEdgeMismatch, "ledger.db: edge");
}

void Conclusion::CheckSummaries() {
  const std::vector<Manifest> said = AllOf(&UnitResult::manifests);
  CheckManifests(storage::SpanEvents(facts_.header.segment_events), blocks_, said,
                 facts_.ledger.manifests, facts_.size, report_.findings);
  if (!dropped_) return;
  dropped_->CheckSummaries(said, facts_.ledger.manifests, facts_.ledger.kept.leaves,
                           report_.findings);
  const uint64_t signed_size = facts_.heads.empty() ? 0 : facts_.heads.back().head.size.value();
  report_.prunings =
      dropped_->CheckDeclared(AllOf(&UnitResult::prunings), signed_size, report_.findings);
}

void Conclusion::CheckKeys() {
  std::vector<KeyEvent> events = AllOf(&UnitResult::key_events);
  // Before a rollback was accepted, the log had another name and other keys.
  std::erase_if(events, [&](const KeyEvent& event) {
    return event.change && event.change->key.name() != facts_.header.origin;
  });
  const LedgerRecords& ledger = facts_.ledger;
  CheckKeyRows(ledger.keys, events, ledger.largest, report_.findings);
  // The first key of a log is named once there is a second.
  const bool is_other = events.empty() && ledger.keys.size() == 1 && !ledger.heads.empty() &&
                        ledger.chain.Checks() && !ledger.chain.Has(ledger.keys[0].verifier);
  if (is_other) {
    report_.findings.Add(
        Fault::kKeyMismatch,
        absl::StrCat("ledger.db: the log signs with another key than ", ledger.keys[0].verifier));
  }
}

absl::Status Conclusion::CheckErasures() {
  const std::vector<ErasedRange> erased = AllOf(&UnitResult::erased);
  const std::vector<Declaration> declarations = AllOf(&UnitResult::declarations);
  DAYBOOK_RETURN_IF_ERROR(CheckAllDeclared(erased, declarations));
  std::map<uint64_t, std::vector<ErasedRange>> by_segment;
  const uint64_t each = facts_.header.segment_events;
  for (const ErasedRange& range : NotErased(erased, declarations)) {
    const uint64_t end = std::min(facts_.segments, range.last / each + 1);
    const uint64_t first = std::max(range.first / each, facts_.FirstSegment());
    for (uint64_t number = first; number < end; ++number) {
      by_segment[number].push_back(range);
    }
  }
  for (const auto& [number, ranges] : by_segment) {
    DAYBOOK_RETURN_IF_ERROR(CheckGone(number, ranges));
    DAYBOOK_RETURN_IF_ERROR(Tell(advance_, 0));
  }
  return absl::OkStatus();
}

// An event is erased only once its declaration is in the log. So whatever the units saw
// erased that no event before the end of their view declares, one behind it may.
absl::Status Conclusion::CheckAllDeclared(const std::vector<ErasedRange>& erased,
                                          std::vector<Declaration> declarations) {
  Findings undeclared;
  CheckDeclared(erased, declarations, undeclared);
  if (undeclared.empty()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Declaration> later, ReadLaterDeclarations(facts_));
  declarations.insert(declarations.end(), later.begin(), later.end());
  CheckDeclared(erased, declarations, report_.findings);
  return absl::OkStatus();
}

// What was declared may have had nothing to erase: the rows tell.
absl::Status Conclusion::CheckGone(uint64_t segment, const std::vector<ErasedRange>& ranges) {
  absl::StatusOr<Connection> opened = OpenToRead(facts_.layout.Segment(segment));
  if (absl::IsNotFound(opened.status())) return absl::OkStatus();  // said already
  if (!opened.ok()) return opened.status();
  DAYBOOK_ASSIGN_OR_RETURN(WholeRows rows,
                           facts_.shape.Select(*opened, "WHERE id BETWEEN ?1 AND ?2"));
  for (const ErasedRange& range : ranges) {
    DAYBOOK_RETURN_IF_ERROR(CheckGone(range, rows));
  }
  return absl::OkStatus();
}

absl::Status Conclusion::CheckGone(const ErasedRange& range, WholeRows& rows) {
  RowCheck row(facts_.shape);
  rows.Reset();
  rows.BindInteger(1, static_cast<int64_t>(range.first));
  rows.BindInteger(2, static_cast<int64_t>(range.last));
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, rows.Step());
    if (!has_row) return absl::OkStatus();
    Findings said_already;
    row.Take(rows.cells(), said_already);
    const bool remains =
        std::any_of(ledger::kGroups.begin(), ledger::kGroups.end(), [&](ledger::Group group) {
          return (range.groups & SetOf(group)) != 0 && (row.erased() & SetOf(group)) == 0 &&
                 ledger::HasFields(group, row.values());
        });
    if (remains) {
      report_.findings.Add(Fault::kErasureIncomplete, static_cast<uint64_t>(row.id()),
                           "values remain");
    }
  }
}

}  // namespace

absl::StatusOr<Report> Conclude(const StoreFacts& facts, const std::vector<UnitResult>& units,
                                const Advance& advance) {
  return Conclusion(facts, units, advance).Draw();
}

}  // namespace daybook::verify
