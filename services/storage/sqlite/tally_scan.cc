#include "storage/sqlite/tally_scan.h"

#include <algorithm>

#include "core/status_macros.h"

namespace daybook::storage::sqlite {
namespace {

// So many events are examined between two questions whether to stop.
constexpr uint64_t kTallyStep = 16'384;

// What a segment costs of the budget where an index, or memory, leads to what is counted.
constexpr uint64_t kLedCost = 256;

}  // namespace

TallyScan::TallyScan(const Collaborators& collaborators, const TallyRequest& request,
                     SeqBounds bounds)
    : with_(collaborators),
      request_(request),
      keys_(KeyTermsOf(request.scan.filter)),
      cursor_(request.scan, Seq(bounds.begin), LogSize(bounds.end)),
      tally_(request.grouping) {}

absl::StatusOr<TallyResult> TallyScan::Run() {
  while (cursor_.next() && tally_.size_in_bytes() < request_.max_bytes) {
    if (request_.scan.cancelled()) return absl::CancelledError("the caller went away");
    DAYBOOK_RETURN_IF_ERROR(TallySome());
  }
  return TallyResult{.groups = tally_.Take(), .last_examined = cursor_.last_examined()};
}

absl::Status TallyScan::TallySome() {
  const uint64_t segment = cursor_.next()->value() / with_.segment_events;
  const SegmentTable::View view = with_.table.Find(segment);
  const bool is_dropped = !view.sealed && !view.unsealed;
  if (is_dropped || (view.sealed && !MayHold(*view.sealed))) {
    cursor_.Take(with_.segment_events, with_.segment_events);
    cursor_.Charge(1);
    return absl::OkStatus();
  }
  const absl::Status tallied = TallySegment(segment, view);
  // It may be dropped meanwhile.
  return segment < with_.table.dropped() ? absl::OkStatus() : tallied;
}

absl::Status TallyScan::TallySegment(uint64_t segment, const SegmentTable::View& view) {
  if (view.unsealed && !keys_.empty()) return TallyByPostings(*view.unsealed);
  return with_.readers.With(segment, [this](SegmentReader& reader) { return TallyFile(reader); });
}

bool TallyScan::MayHold(const Zone& zone) const {
  return zone.MayMatch(request_.scan.filter) &&
         std::all_of(keys_.begin(), keys_.end(), [&](const KeyTerm& term) {
           return with_.subjects.MayHold(SubjectKey(term), zone.number);
         });
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

absl::Status TallyScan::TallyFile(SegmentReader& reader) {
  const uint64_t whole = with_.segment_events;
  const bool is_led = reader.IsLedTo(request_.scan.filter);
  const ScanCursor::Step step =
      cursor_.Take(is_led ? whole : std::min(kTallyStep, cursor_.budget()), whole);
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t examined,
                           reader.TallyRange(step.first, step.last, request_.scan.filter, tally_));
  cursor_.Charge(is_led ? kLedCost + examined : step.last.value() - step.first.value() + 1);
  return absl::OkStatus();
}

}  // namespace daybook::storage::sqlite
