#include "storage/sqlite/segment_scan.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/status_macros.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;

// So many events are examined between two questions whether to stop.
constexpr uint64_t kScanStep = 16'384;

// What a segment costs of a scan's budget where an index, or memory, leads it to
// what it looks for.
constexpr uint64_t kLookupCost = 256;

}  // namespace

SegmentScan::SegmentScan(const Collaborators& collaborators, const ScanRequest& request, Seq begin,
                         LogSize as_of)
    : with_(collaborators),
      request_(request),
      keys_(KeyTermsOf(request.filter)),
      cursor_(request, begin, as_of) {}

absl::StatusOr<ScanResult> SegmentScan::Run() {
  while (cursor_.next()) {
    if (request_.cancelled()) return absl::CancelledError("the caller went away");
    DAYBOOK_RETURN_IF_ERROR(ScanSome());
    if (room() == 0) cursor_.StopBehind(Seq(result_.events.back().seq()));
  }
  result_.last_examined = cursor_.last_examined();
  result_.budget_exhausted = cursor_.budget_exhausted();
  return std::move(result_);
}

absl::Status SegmentScan::ScanSome() {
  const uint64_t segment = cursor_.next()->value() / with_.segment_events;
  const SegmentTable::View view = with_.table.Find(segment);
  const bool is_dropped = !view.sealed && !view.unsealed;
  if (is_dropped || (view.sealed && !MayHold(*view.sealed))) {
    cursor_.Take(with_.segment_events, with_.segment_events);
    cursor_.Charge(1);
    return absl::OkStatus();
  }
  const absl::Status scanned = ScanSegment(segment, view);
  // It may be dropped meanwhile.
  return segment < with_.table.dropped() ? absl::OkStatus() : scanned;
}

absl::Status SegmentScan::ScanSegment(uint64_t segment, const SegmentTable::View& view) {
  if (view.unsealed && !keys_.empty()) return ScanByPostings(*view.unsealed);
  return with_.readers.With(segment, [this](SegmentReader& reader) { return ScanFile(reader); });
}

bool SegmentScan::MayHold(const Zone& zone) const {
  return zone.MayMatch(request_.filter) &&
         std::all_of(keys_.begin(), keys_.end(), [&](const KeyTerm& term) {
           return with_.subjects.MayHold(SubjectKey(term), zone.number);
         });
}

absl::Status SegmentScan::ScanByPostings(const Postings& postings) {
  const ScanCursor::Step step = cursor_.Take(with_.segment_events, with_.segment_events);
  cursor_.Charge(kLookupCost);
  Postings::Walk walk{.first = step.first,
                      .last = step.last,
                      .newest_first = IsDescending(request_.order),
                      .limit = room()};
  while (walk.limit > 0) {
    const std::vector<Seq> candidates = postings.Find(keys_, walk);
    if (candidates.empty()) break;
    const uint64_t segment = step.first.value() / with_.segment_events;
    DAYBOOK_RETURN_IF_ERROR(with_.readers.With(segment, [&](SegmentReader& reader) {
      DAYBOOK_ASSIGN_OR_RETURN(std::vector<Event> found,
                               reader.ReadThose(candidates, request_.filter));
      Keep(std::move(found));
      return absl::OkStatus();
    }));
    if (candidates.size() < walk.limit || !walk.GoOnBehind(candidates.back())) break;
    walk.limit = room();
  }
  return absl::OkStatus();
}

absl::Status SegmentScan::ScanFile(SegmentReader& reader) {
  const uint64_t whole = with_.segment_events;
  const bool has_index = reader.HasIndexFor(request_.filter);
  const ScanCursor::Step step =
      cursor_.Take(has_index ? whole : std::min(kScanStep, cursor_.budget()), whole);
  cursor_.Charge(has_index ? kLookupCost : step.last.value() - step.first.value() + 1);
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<Event> found,
                           reader.Read({.first = step.first,
                                        .last = step.last,
                                        .newest_first = IsDescending(request_.order),
                                        .limit = room()},
                                       request_.filter));
  Keep(std::move(found));
  return absl::OkStatus();
}

void SegmentScan::Keep(std::vector<Event> found) {
  std::move(found.begin(), found.end(), std::back_inserter(result_.events));
}

}  // namespace daybook::storage::sqlite
