#include "storage/sqlite/segment_scan.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/status_macros.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;

}  // namespace

SegmentScan::SegmentScan(const Segments& segments, const ScanRequest& request, Seq begin,
                         LogSize as_of)
    : with_(segments),
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
  result_.budget_used = request_.budget - cursor_.budget();
  return std::move(result_);
}

absl::Status SegmentScan::ScanSome() {
  const uint64_t segment = cursor_.next()->value() / with_.segment_events;
  const SegmentTable::View view = with_.table.Find(segment);
  const bool is_dropped = !view.sealed && !view.unsealed;
  if (is_dropped || (view.sealed && !with_.MayHold(*view.sealed, request_.filter, keys_))) {
    if (view.sealed && request_.explain) {
      Explain({.number = segment, .access = view.sealed->WhyNot(request_.filter)});
    }
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

absl::Status SegmentScan::ScanByPostings(const Postings& postings) {
  const ScanCursor::Step step = cursor_.Take(with_.segment_events, with_.segment_events);
  cursor_.Charge(kLedCost);
  Postings::Walk walk{.first = step.first,
                      .last = step.last,
                      .newest_first = IsDescending(request_.order),
                      .limit = room()};
  const uint64_t segment = step.first.value() / with_.segment_events;
  Explain({.number = segment, .access = SegmentAccess::kMemory});
  while (walk.limit > 0) {
    const std::vector<Seq> candidates = postings.Find(keys_, walk);
    if (candidates.empty()) break;
    DAYBOOK_RETURN_IF_ERROR(with_.readers.With(segment, [&](SegmentReader& reader) {
      DAYBOOK_ASSIGN_OR_RETURN(std::vector<Event> found,
                               reader.ReadThose(candidates, request_.filter));
      Explain({.number = segment,
               .access = SegmentAccess::kMemory,
               .rows_examined = candidates.size(),
               .events_found = found.size()});
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
      cursor_.Take(has_index ? whole : std::min(kLongestStep, cursor_.budget()), whole);
  DAYBOOK_ASSIGN_OR_RETURN(SegmentReader::Found found,
                           reader.Read({.first = step.first,
                                        .last = step.last,
                                        .newest_first = IsDescending(request_.order),
                                        .limit = room()},
                                       request_.filter));
  cursor_.Charge(has_index ? std::max(kLedCost, found.examined)
                           : step.last.value() - step.first.value() + 1);
  const bool is_full = found.events.size() == room();
  const Seq far_end = IsDescending(request_.order) ? step.first : step.last;
  const Seq near_end = IsDescending(request_.order) ? step.last : step.first;
  const uint64_t end = is_full ? found.events.back().seq() : far_end.value();
  const uint64_t rows = std::max(end, near_end.value()) - std::min(end, near_end.value()) + 1;
  Explain({.number = step.first.value() / with_.segment_events,
           .access = has_index ? SegmentAccess::kIndex : SegmentAccess::kRows,
           .index = has_index ? *IndexFor(request_.filter) : "",
           .rows_examined = has_index ? found.events.size() : rows,
           .events_found = found.events.size()});
  Keep(std::move(found.events));
  return absl::OkStatus();
}

void SegmentScan::Explain(const ScanPlan::Segment& step) {
  if (request_.explain) result_.plan.Add(step);
}

void SegmentScan::Keep(std::vector<Event> found) {
  std::move(found.begin(), found.end(), std::back_inserter(result_.events));
}

}  // namespace daybook::storage::sqlite
