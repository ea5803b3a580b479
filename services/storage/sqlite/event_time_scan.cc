#include "storage/sqlite/event_time_scan.h"

#include <algorithm>
#include <utility>

#include "core/status_macros.h"
#include "daybook/audit/v1/event.pb.h"
#include "query/required_numbers.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::query::NumberRange;

// The event times, both inclusive, that a filter lets pass.
NumberRange BoundsOf(const query::Filter& filter) {
  return query::RequiredNumbers(filter, Event::kEventTimeFieldNumber);
}

EventTimeKey LastOf(Micros time) { return {.time = time, .seq = kGreatestKey.seq}; }
EventTimeKey FirstOf(Micros time) { return {.time = time, .seq = kLeastKey.seq}; }

EventTimeKey StartOf(const ScanRequest& request) {
  const bool descending = IsDescending(request.order);
  const NumberRange bounds = BoundsOf(request.filter);
  const EventTimeKey bound = descending ? LastOf(bounds.last) : FirstOf(bounds.first);
  if (!request.last_examined) return bound;
  const EventTimeKey key = {.time = request.last_event_time,
                            .seq = static_cast<int64_t>(request.last_examined->value())};
  return descending ? std::min(key, bound) : std::max(key, bound);
}

EventTimeKey EndOf(const ScanRequest& request) {
  const NumberRange bounds = BoundsOf(request.filter);
  return IsDescending(request.order) ? FirstOf(bounds.first) : LastOf(bounds.last);
}

}  // namespace

EventTimeScan::EventTimeScan(const Segments& segments, const ScanRequest& request, Seq begin,
                             LogSize as_of)
    : with_(segments),
      work_{.with = with_,
            .request = request,
            .keys = KeyTermsOf(request.filter),
            .descending = IsDescending(request.order),
            .begin = begin,
            .as_of = as_of,
            .start = StartOf(request),
            .budget = request.budget,
            .room = request.limit},
      end_(EndOf(request)),
      turns_(ComesLater{&work_}) {}

absl::StatusOr<ScanResult> EventTimeScan::Run() {
  Open();
  DAYBOOK_RETURN_IF_ERROR(Go());
  result_.budget_used = work_.request.budget - work_.budget;
  result_.plan = std::move(work_.plan);
  return std::move(result_);
}

void EventTimeScan::Open() {
  if (work_.begin.value() >= work_.as_of.value()) return;
  Add(std::make_unique<OnTimeSource>(work_));
  const uint64_t length = with_.segment_events;
  const uint64_t end = (work_.as_of.value() - 1) / length + 1;
  for (uint64_t segment = work_.begin.value() / length; segment < end; ++segment) {
    OpenOwnTimes(segment);
  }
}

// Nothing of a segment is read before the place where its event times begin.
void EventTimeScan::OpenOwnTimes(uint64_t segment) {
  SegmentTable::View view = with_.table.Find(segment);
  if (!view.sealed && !view.unsealed) return;
  EventTimeKey examined = work_.start;
  if (view.sealed) {
    const Zone& zone = *view.sealed;
    const EventTimeKey before = LastOf(zone.first_event_time - 1);
    const EventTimeKey behind = LastOf(zone.last_event_time);
    const EventTimeKey& far_end = work_.descending ? before : behind;
    if (!work_.IsBefore(work_.start, far_end)) return;
    if (!with_.MayHold(zone, work_.request.filter, work_.keys)) return;
    const EventTimeKey& near_end = work_.descending ? behind : before;
    if (work_.IsBefore(examined, near_end)) examined = near_end;
  }
  Add(std::make_unique<OwnTimeSource>(work_, examined, segment, std::move(view)));
}

void EventTimeScan::Add(std::unique_ptr<EventTimeSource> source) {
  turns_.push(source.get());
  sources_.push_back(std::move(source));
}

absl::Status EventTimeScan::Go() {
  while (!turns_.empty()) {
    EventTimeSource& source = *turns_.top();
    const EventTimeKey next = source.next();
    if (!work_.IsBefore(next, end_)) return absl::OkStatus();
    if (!source.has_event() && work_.budget == 0 && work_.IsBefore(work_.start, next)) {
      result_.budget_exhausted = true;
      StopBehind(next);
      return absl::OkStatus();
    }
    turns_.pop();
    DAYBOOK_RETURN_IF_ERROR(TakeTurn(source));
    if (!source.is_over()) turns_.push(&source);
    if (work_.room == 0) {
      if (!turns_.empty()) StopBehind(next);
      return absl::OkStatus();
    }
  }
  return absl::OkStatus();
}

// Its next event, or one step closer to it.
absl::Status EventTimeScan::TakeTurn(EventTimeSource& source) {
  if (!source.has_event()) {
    if (work_.request.cancelled()) return absl::CancelledError("the caller went away");
    return source.Advance();
  }
  result_.events.push_back(source.Take());
  --work_.room;
  return absl::OkStatus();
}

void EventTimeScan::StopBehind(const EventTimeKey& key) {
  result_.last_examined = Seq(static_cast<uint64_t>(key.seq));
  result_.last_event_time = key.time;
}

}  // namespace daybook::storage::sqlite
