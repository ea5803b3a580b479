#include "storage/sqlite/tally_scan.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/status_macros.h"

namespace daybook::storage::sqlite {
namespace {

// The totals of so many blocks are read at once, and each costs as much as two events.
constexpr uint64_t kBlocksAtOnce = 16;
constexpr uint64_t kCostOfTotals = 2;

// What a scan comes to next, from the newest event on: whole blocks, or a part of one.
struct NextBlocks {
  uint64_t events = 0;
  bool are_whole = false;
};

// Of a scan that stands at `next` in a segment, and examines the events from `begin` on.
NextBlocks NextBlocksOf(const SeqBounds& segment, uint64_t begin, uint64_t next, uint64_t at_most) {
  const uint64_t block = next - (next - segment.begin) % kTotalsBlock;
  const uint64_t end = std::min(block + kTotalsBlock, segment.end);
  if (next + 1 != end || block < begin) {
    return {.events = next + 1 - std::max(block, begin), .are_whole = false};
  }
  const uint64_t blocks_below = (block - std::max(begin, segment.begin)) / kTotalsBlock;
  return {.events = end - block + std::min(blocks_below, at_most - 1) * kTotalsBlock,
          .are_whole = true};
}

}  // namespace

TallyScan::TallyScan(const Segments& segments, const TallyRequest& request, SeqBounds bounds)
    : with_(segments),
      request_(request),
      keys_(KeyTermsOf(request.scan.filter)),
      is_of_kinds_(IsOfKinds(request.scan.filter) && IsOfKinds(request.grouping)),
      begin_(bounds.begin),
      cursor_(request.scan, Seq(bounds.begin), LogSize(bounds.end)),
      tally_(request.grouping) {}

absl::StatusOr<TallyResult> TallyScan::Run() {
  while (cursor_.next() && tally_.size_in_bytes() < request_.max_bytes) {
    if (request_.scan.cancelled()) return absl::CancelledError("the caller went away");
    DAYBOOK_RETURN_IF_ERROR(TallySome());
  }
  const std::optional<Seq> last_examined = cursor_.last_examined();
  return TallyResult{.groups = tally_.Take(last_examined ? 0 : request_.min_count),
                     .last_examined = last_examined};
}

absl::Status TallyScan::TallySome() {
  const uint64_t segment = cursor_.next()->value() / with_.segment_events;
  const SegmentTable::View view = with_.table.Find(segment);
  const bool is_dropped = !view.sealed && !view.unsealed;
  if (is_dropped || (view.sealed && !with_.MayHold(*view.sealed, request_.scan.filter, keys_))) {
    cursor_.Take(with_.segment_events, with_.segment_events);
    cursor_.Charge(1);
    return absl::OkStatus();
  }
  const absl::Status tallied = TallySegment(segment, view);
  // It may be dropped meanwhile.
  return segment < with_.table.dropped() ? absl::OkStatus() : tallied;
}

absl::Status TallyScan::TallySegment(uint64_t segment, const SegmentTable::View& view) {
  if (is_of_kinds_) return TallyByTotals(segment, view);
  if (view.unsealed && !keys_.empty()) return TallyByPostings(*view.unsealed);
  return with_.readers.With(segment, [this](SegmentReader& reader) { return TallyFile(reader); });
}

absl::Status TallyScan::TallyByPostings(const Postings& postings) {
  const ScanCursor::Step step = cursor_.Take(with_.segment_events, with_.segment_events);
  const std::vector<Seq> candidates = postings.Find(keys_, {.first = step.first,
                                                            .last = step.last,
                                                            .newest_first = true,
                                                            .limit = with_.segment_events});
  cursor_.Charge(kLedCost + candidates.size());
  if (candidates.empty()) return absl::OkStatus();
  return with_.readers.With(step.first.value() / with_.segment_events, [&](SegmentReader& reader) {
    return reader.TallyThose(candidates, request_.scan.filter, tally_);
  });
}

absl::Status TallyScan::TallyByTotals(uint64_t segment, const SegmentTable::View& view) {
  const uint64_t whole = with_.segment_events;
  const NextBlocks next =
      NextBlocksOf({.begin = segment * whole, .end = (segment + 1) * whole}, begin_,
                   cursor_.next()->value(), view.sealed ? kBlocksAtOnce : 1);
  const ScanCursor::Step step = cursor_.Take(next.events, whole);
  return with_.readers.With(segment, [&](SegmentReader& reader) {
    if (!next.are_whole) return TallyRows(reader, step);
    return view.sealed ? TallySealedBlocks(reader, step)
                       : TallyUnsealedBlock(reader, step, *view.totals);
  });
}

absl::Status TallyScan::TallySealedBlocks(SegmentReader& reader, const ScanCursor::Step& step) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<TotalsRow> rows,
                           reader.ReadTotals(step.first, step.last));
  cursor_.Charge(kLedCost + kCostOfTotals * rows.size());
  std::span<const TotalsRow> rest(rows);
  uint64_t end = step.last.value() + 1;
  while (end > step.first.value()) {
    const uint64_t block = end - 1 - (end - 1 - step.first.value()) % kTotalsBlock;
    const auto first = std::partition_point(
        rest.begin(), rest.end(), [&](const TotalsRow& row) { return row.block < Seq(block); });
    const auto below = static_cast<size_t>(first - rest.begin());
    DAYBOOK_RETURN_IF_ERROR(
        TallyBlock(reader, {.first = Seq(block), .last = Seq(end - 1)}, rest.subspan(below)));
    rest = rest.first(below);
    end = block;
  }
  return absl::OkStatus();
}

absl::Status TallyScan::TallyUnsealedBlock(SegmentReader& reader, const ScanCursor::Step& block,
                                           TotalsCache& cache) {
  std::shared_ptr<const std::vector<TotalsRow>> rows = cache.Find(block.first);
  if (rows == nullptr) {
    DAYBOOK_ASSIGN_OR_RETURN(std::vector<TotalsRow> summed, reader.SumUp(block.first, block.last));
    rows = std::make_shared<const std::vector<TotalsRow>>(std::move(summed));
    cache.Put(block.first, rows);
    cursor_.Charge(kTotalsBlock);
  }
  cursor_.Charge(kCostOfTotals * rows->size());
  return TallyBlock(reader, block, *rows);
}

// By its totals where they are enough.
absl::Status TallyScan::TallyBlock(SegmentReader& reader, const ScanCursor::Step& block,
                                   std::span<const TotalsRow> rows) {
  std::vector<const TotalsRow*> passing;
  uint64_t events = 0;
  bool are_enough = true;
  for (const TotalsRow& row : rows) {
    events += row.totals.events;
    if (!Passes(request_.scan.filter, row.kind)) continue;
    are_enough = are_enough && tally_.HaveOneBar(row.totals);
    passing.push_back(&row);
  }
  if (!are_enough || events != block.last.value() - block.first.value() + 1) {
    return TallyRows(reader, block);
  }
  for (const TotalsRow* const row : passing) tally_.Add(row->kind, row->totals);
  return absl::OkStatus();
}

absl::Status TallyScan::TallyFile(SegmentReader& reader) {
  const uint64_t whole = with_.segment_events;
  const bool is_led = reader.IsLedTo(request_.scan.filter);
  return TallyRows(reader,
                   cursor_.Take(is_led ? whole : std::min(kLongestStep, cursor_.budget()), whole));
}

absl::Status TallyScan::TallyRows(SegmentReader& reader, const ScanCursor::Step& step) {
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t examined,
                           reader.TallyRange(step.first, step.last, request_.scan.filter, tally_));
  const uint64_t all = step.last.value() - step.first.value() + 1;
  cursor_.Charge(reader.IsLedTo(request_.scan.filter) ? kLedCost + examined : all);
  return absl::OkStatus();
}

}  // namespace daybook::storage::sqlite
