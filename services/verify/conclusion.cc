#include "verify/conclusion.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "ledger/compact_range.h"
#include "ledger/tree.h"
#include "verify/erasures_now.h"
#include "verify/manifests.h"
#include "verify/open.h"

namespace daybook::verify {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::ledger::Hash;

class Conclusion {
 public:
  Conclusion(const StoreFacts& facts, const std::vector<UnitResult>& units, const Advance& advance)
      : facts_(facts), units_(units), advance_(advance) {}

  absl::StatusOr<Report> Draw() {
    report_.origin = facts_.header.origin;
    report_.size = facts_.size;
    report_.checkpoints = facts_.ledger.checkpoints;
    report_.is_anchored = facts_.heads.size() > facts_.ledger.heads.size();
    if (!facts_.ledger.heads.empty()) report_.newest = facts_.ledger.heads.back();
    CompareRoots();
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
  absl::Status CheckGone(const ErasedRange& range, Statement& select);

  const StoreFacts& facts_;
  const std::vector<UnitResult>& units_;
  const Advance& advance_;
  std::vector<bool> holds_;  // for each head, whether the events have its root
  uint64_t proven_ = 0;      // the largest size of those that do
  std::optional<uint64_t> unsure_from_;
  Blocks blocks_;
  Report report_;
};

void Conclusion::Merge() {
  report_.findings.Add(facts_.findings);
  std::optional<Micros> last_time;
  for (const UnitResult& unit : units_) {
    report_.events += unit.events;
    report_.erased_events += unit.erased_events;
    report_.findings.Add(Decided(unit));
    if (last_time && unit.first_time && *unit.first_time < *last_time) {
      report_.findings.Add(Fault::kTimeDecreases, unit.first_seq, "created_at");
    }
    if (unit.last_time) last_time = unit.last_time;
  }
}

// The root that the events give at each size that a checkpoint signs.
void Conclusion::CompareRoots() {
  std::map<uint64_t, const std::vector<Hash>*> covers;
  for (const UnitResult& unit : units_) {
    blocks_.roots.insert(blocks_.roots.end(), unit.blocks.begin(), unit.blocks.end());
    blocks_.summaries.insert(blocks_.summaries.end(), unit.summaries.begin(), unit.summaries.end());
    for (const auto& [size, cover] : unit.covers) covers[size] = &cover;
    if (!unsure_from_) unsure_from_ = unit.unsure_from;
  }
  ledger::CompactRange range;
  for (const SignedHead& head : facts_.heads) {
    const uint64_t size = head.head.size.value();
    const auto cover = covers.find(size);
    if (cover == covers.end()) {  // of no event, or of more than there are
      holds_.push_back(size == 0 && head.head.root == ledger::EmptyRoot());
      continue;
    }
    const uint64_t whole = (size - 1) / LeafBlock::kLeaves * LeafBlock::kLeaves;
    while (range.size().value() < whole) {
      range.AddSubtree(LeafBlock::kHeight,
                       blocks_.roots[range.size().value() / LeafBlock::kLeaves]);
    }
    std::vector<Hash> edge = range.edge();
    edge.insert(edge.end(), cover->second->begin(), cover->second->end());
    holds_.push_back(ledger::Join(edge) == head.head.root);
    if (holds_.back()) proven_ = size;
  }
}

// The first checkpoint that does not hold says where; later ones only repeat it. Where
// a later one holds, the events are right and it was changed itself.
void Conclusion::TellRoots() {
  uint64_t good = 0;
  bool has_told = false;
  for (size_t i = 0; i < holds_.size(); ++i) {
    const SignedHead& head = facts_.heads[i];
    const uint64_t size = head.head.size.value();
    if (holds_[i]) {
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

// Where a checkpoint vouches for the rows, it was the tile beside them that was changed.
Findings Conclusion::Decided(const UnitResult& unit) const {
  Findings findings = unit.findings;
  for (const auto& [place, end] : unit.undecided) {
    if (end <= proven_) findings.Change(place, Fault::kTileMismatch);
  }
  return findings;
}

void Conclusion::CheckSubtrees() {
  const auto& kept = facts_.ledger.subtrees;
  const uint64_t newest = report_.newest ? report_.newest->head.size.value() : 0;
  for (uint64_t number = 0; number < newest / LeafBlock::kLeaves; ++number) {
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
                                   [](const UnitResult& unit) { return unit.edge_differs; });
  if (differs && size <= proven_) report_.findings.Add(Fault::kEdgeMismatch, "ledger.db: edge");
}

void Conclusion::CheckSummaries() {
  std::vector<Manifest> said;
  for (const UnitResult& unit : units_) {
    said.insert(said.end(), unit.manifests.begin(), unit.manifests.end());
  }
  CheckManifests(storage::SpanEvents(facts_.header.segment_events), blocks_, said,
                 facts_.ledger.manifests, facts_.size, report_.findings);
}

void Conclusion::CheckKeys() {
  std::vector<KeyEvent> events;
  for (const UnitResult& unit : units_) {
    events.insert(events.end(), unit.key_events.begin(), unit.key_events.end());
  }
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
  std::vector<ErasedRange> erased;
  std::vector<Declaration> declarations;
  for (const UnitResult& unit : units_) {
    erased.insert(erased.end(), unit.erased.begin(), unit.erased.end());
    declarations.insert(declarations.end(), unit.declarations.begin(), unit.declarations.end());
  }
  DAYBOOK_RETURN_IF_ERROR(CheckAllDeclared(erased, declarations));
  std::map<uint64_t, std::vector<ErasedRange>> by_segment;
  const uint64_t each = facts_.header.segment_events;
  for (const ErasedRange& range : NotErased(erased, declarations)) {
    const uint64_t end = std::min(facts_.segments, range.last / each + 1);
    for (uint64_t number = range.first / each; number < end; ++number) {
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
  DAYBOOK_ASSIGN_OR_RETURN(Statement select,
                           opened->PrepareKnown(absl::StrCat(
                               "SELECT ", facts_.shape.names(),
                               " FROM audit_logs NOT INDEXED WHERE id BETWEEN ?1 AND ?2")));
  for (const ErasedRange& range : ranges) {
    DAYBOOK_RETURN_IF_ERROR(CheckGone(range, select));
  }
  return absl::OkStatus();
}

absl::Status Conclusion::CheckGone(const ErasedRange& range, Statement& select) {
  RowCheck row(facts_.shape);
  select.Reset();
  select.BindInteger(1, static_cast<int64_t>(range.first));
  select.BindInteger(2, static_cast<int64_t>(range.last));
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return absl::OkStatus();
    Findings said_already;
    row.Take(select, said_already);
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
