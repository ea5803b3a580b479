#include "verify/conclusion.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "ledger/compact_range.h"
#include "ledger/tree.h"
#include "verify/manifests.h"
#include "verify/open.h"

namespace daybook::verify {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::ledger::Hash;

class Conclusion {
 public:
  Conclusion(const StoreFacts& facts, std::vector<UnitResult> units)
      : facts_(facts), units_(std::move(units)) {}

  absl::StatusOr<Report> Draw() {
    report_.origin = facts_.header.origin;
    report_.size = facts_.size;
    report_.checkpoints = facts_.ledger.checkpoints;
    report_.is_anchored = facts_.heads.size() > facts_.ledger.heads.size();
    if (!facts_.ledger.heads.empty()) report_.newest = facts_.ledger.heads.back();
    CompareRoots();
    TellRoots();
    Decide();
    Merge();
    CheckSubtrees();
    CheckEdge();
    CheckSummaries();
    DAYBOOK_RETURN_IF_ERROR(CheckErasures());
    report_.findings.DropConsequences();
    report_.findings.Sort();
    return std::move(report_);
  }

 private:
  void Merge();
  void CompareRoots();
  void TellRoots();
  void Decide();
  void CheckSubtrees();
  void CheckEdge();
  void CheckSummaries();
  absl::Status CheckErasures();
  absl::Status CheckGone(const ErasedRange& range);
  absl::Status CheckGone(const ErasedRange& range, Connection& segment);

  const StoreFacts& facts_;
  std::vector<UnitResult> units_;
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
    report_.findings.Add(unit.findings);
    if (last_time && unit.first_time && *unit.first_time < *last_time) {
      report_.findings.Add(Fault::kTimeDecreases, unit.first_seq, "created_at");
    }
    if (unit.last_time) last_time = unit.last_time;
  }
}

// The root that the events give at each size that a checkpoint signs.
void Conclusion::CompareRoots() {
  std::map<uint64_t, std::vector<Hash>> covers;
  for (UnitResult& unit : units_) {
    blocks_.roots.insert(blocks_.roots.end(), unit.blocks.begin(), unit.blocks.end());
    std::move(unit.summaries.begin(), unit.summaries.end(), std::back_inserter(blocks_.summaries));
    covers.merge(unit.covers);
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
    edge.insert(edge.end(), cover->second.begin(), cover->second.end());
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
void Conclusion::Decide() {
  for (UnitResult& unit : units_) {
    for (const auto& [place, end] : unit.undecided) {
      if (end <= proven_) unit.findings.Change(place, Fault::kTileMismatch);
    }
  }
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
  for (UnitResult& unit : units_) {
    std::move(unit.manifests.begin(), unit.manifests.end(), std::back_inserter(said));
  }
  CheckManifests(storage::SpanEvents(facts_.header.segment_events), blocks_, said,
                 facts_.ledger.manifests, facts_.size, report_.findings);
}

absl::Status Conclusion::CheckErasures() {
  std::vector<ErasedRange> erased;
  std::vector<Declaration> declarations;
  for (const UnitResult& unit : units_) {
    erased.insert(erased.end(), unit.erased.begin(), unit.erased.end());
    declarations.insert(declarations.end(), unit.declarations.begin(), unit.declarations.end());
  }
  CheckDeclared(erased, declarations, report_.findings);
  for (const ErasedRange& range : NotErased(erased, declarations)) {
    DAYBOOK_RETURN_IF_ERROR(CheckGone(range));
  }
  return absl::OkStatus();
}

// What was declared may have had nothing to erase: the rows tell.
absl::Status Conclusion::CheckGone(const ErasedRange& range) {
  const uint64_t each = facts_.header.segment_events;
  const uint64_t end = std::min(facts_.segments, range.last / each + 1);
  for (uint64_t number = range.first / each; number < end; ++number) {
    absl::StatusOr<Connection> segment = OpenToRead(facts_.layout.Segment(number));
    if (absl::IsNotFound(segment.status())) continue;  // said already
    if (!segment.ok()) return segment.status();
    DAYBOOK_RETURN_IF_ERROR(CheckGone(range, *segment));
  }
  return absl::OkStatus();
}

absl::Status Conclusion::CheckGone(const ErasedRange& range, Connection& segment) {
  RowCheck row(facts_.shape);
  DAYBOOK_ASSIGN_OR_RETURN(Statement select,
                           segment.PrepareKnown(absl::StrCat(
                               "SELECT ", facts_.shape.names(),
                               " FROM audit_logs NOT INDEXED WHERE id BETWEEN ?1 AND ?2")));
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

absl::StatusOr<Report> Conclude(const StoreFacts& facts, std::vector<UnitResult> units) {
  return Conclusion(facts, std::move(units)).Draw();
}

}  // namespace daybook::verify
