#include "storage/sqlite/event_time_source.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "storage/sqlite/seq_bounds.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;

// The first step of a segment's own event times: where many overlap, each is asked for little.
constexpr size_t kShortestStep = 8;

std::vector<Seq> SeqsIn(const std::vector<EventTimeKey>& keys) {
  std::vector<Seq> seqs;
  seqs.reserve(keys.size());
  for (const EventTimeKey& key : keys) seqs.emplace_back(static_cast<uint64_t>(key.seq));
  return seqs;
}

bool IsOnTime(const Event& event) {
  return MicrosOf(event.event_time()) == MicrosOf(event.created_at());
}

}  // namespace

EventTimeKey KeyOf(const Event& event) {
  return {.time = MicrosOf(event.event_time()), .seq = static_cast<int64_t>(event.seq())};
}

EventTimeKey EventTimeSource::next() const {
  return found_.empty() ? examined_ : KeyOf(found_.front());
}

Event EventTimeSource::Take() {
  Event event = std::move(found_.front());
  found_.pop_front();
  return event;
}

OnTimeSource::OnTimeSource(EventTimeWork& work)
    : EventTimeSource(work, work.start),
      begin_(std::min(work.begin.value(), work.as_of.value())),
      end_(work.as_of.value()),
      step_(std::min<uint64_t>(work.request.limit, kLongestStep)) {
  is_over_ = begin_ == end_;
}

absl::Status OnTimeSource::Advance() {
  if (!std::exchange(has_sought_, true)) DAYBOOK_RETURN_IF_ERROR(Seek());
  is_over_ = begin_ >= end_;
  if (is_over_) return absl::OkStatus();
  const Part part = NextPart();
  absl::Status examined = Examine(part);
  // It may be dropped meanwhile.
  if (!examined.ok() && part.segment >= work_.with.table.dropped()) return examined;
  if (!examined.ok()) Pass(part);
  is_over_ = begin_ >= end_;
  return absl::OkStatus();
}

absl::Status OnTimeSource::Seek() {
  if (examined_ == (work_.descending ? kGreatestKey : kLeastKey)) return absl::OkStatus();
  if (work_.descending) {
    const EventTimeKey before = {.time = examined_.time, .seq = examined_.seq - 1};
    DAYBOOK_ASSIGN_OR_RETURN(end_, FirstBehind(before));
  } else {
    DAYBOOK_ASSIGN_OR_RETURN(begin_, FirstBehind(examined_));
  }
  return absl::OkStatus();
}

// Those of its time stand together, in order of seq.
absl::StatusOr<uint64_t> OnTimeSource::FirstBehind(const EventTimeKey& key) {
  const SeqBounds all = {.begin = begin_, .end = end_};
  SeqFinder finder(work_.with);
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t first, finder.FirstSince(key.time, all));
  if (key.time == kGreatestKey.time) return first;
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t end,
                           finder.FirstSince(key.time + 1, {.begin = first, .end = end_}));
  const uint64_t behind = key.seq < 0 ? 0 : static_cast<uint64_t>(key.seq) + 1;
  return std::clamp(behind, first, end);
}

OnTimeSource::Part OnTimeSource::NextPart() const {
  const uint64_t length = work_.with.segment_events;
  const uint64_t segment = (work_.descending ? end_ - 1 : begin_) / length;
  return {.segment = segment,
          .first = Seq(std::max(begin_, segment * length)),
          .last = Seq(std::min(end_, (segment + 1) * length) - 1)};
}

void OnTimeSource::Pass(const Part& part) {
  (work_.descending ? end_ : begin_) =
      work_.descending ? part.first.value() : part.last.value() + 1;
}

absl::Status OnTimeSource::Examine(const Part& part) {
  const SegmentTable::View view = work_.with.table.Find(part.segment);
  if (!view.sealed && !view.unsealed) {
    Pass(part);
    return absl::OkStatus();
  }
  if (view.sealed && !work_.with.MayHold(*view.sealed, work_.request.filter, work_.keys)) {
    Pass(part);
    work_.Charge(1);
    if (work_.request.explain) {
      work_.Explain({.number = part.segment, .access = view.sealed->WhyNot(work_.request.filter)});
    }
    const Zone& zone = *view.sealed;
    examined_ = work_.descending
                    ? EventTimeKey{zone.first_time, static_cast<int64_t>(part.first.value())}
                    : EventTimeKey{zone.last_time, static_cast<int64_t>(part.last.value())};
    return absl::OkStatus();
  }
  return work_.with.readers.With(part.segment, [&](SegmentReader& reader) {
    const bool by_postings = view.unsealed && !work_.keys.empty();
    return by_postings ? ReadByPostings(*view.unsealed, part, reader) : ReadRows(part, reader);
  });
}

absl::Status OnTimeSource::ReadByPostings(const Postings& postings, const Part& part,
                                          SegmentReader& reader) {
  const size_t limit = std::exchange(step_, std::min(2 * step_, kLongestStep));
  const std::vector<Seq> candidates = postings.Find(
      work_.keys,
      {.first = part.first, .last = part.last, .newest_first = work_.descending, .limit = limit});
  work_.Charge(kLedCost);
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<Event> events,
                           reader.ReadThose(candidates, work_.request.filter));
  const Seq end = work_.descending ? part.first : part.last;
  DAYBOOK_RETURN_IF_ERROR(GoOnBehind(candidates.size() < limit ? end : candidates.back(), reader));
  events.erase(std::remove_if(events.begin(), events.end(),
                              [](const Event& event) { return !IsOnTime(event); }),
               events.end());
  work_.Explain({.number = part.segment,
                 .access = SegmentAccess::kMemory,
                 .rows_examined = candidates.size(),
                 .events_found = events.size()});
  Keep(std::move(events));
  return absl::OkStatus();
}

absl::Status OnTimeSource::ReadRows(const Part& part, SegmentReader& reader) {
  const bool has_index = reader.HasIndexFor(work_.request.filter);
  const uint64_t length = part.last.value() - part.first.value() + 1;
  const uint64_t allowed = std::max<uint64_t>(1, std::min(step_, work_.budget));
  const uint64_t step = has_index ? length : std::min(length, allowed);
  step_ = std::min(2 * step_, kLongestStep);
  const Seq first(work_.descending ? part.last.value() + 1 - step : part.first.value());
  const Seq last(first.value() + step - 1);
  DAYBOOK_ASSIGN_OR_RETURN(SegmentReader::Found found,
                           reader.Read({.first = first,
                                        .last = last,
                                        .newest_first = work_.descending,
                                        .limit = work_.room,
                                        .only_on_time = true},
                                       work_.request.filter));
  work_.Charge(has_index ? std::max(kLedCost, found.examined) : step);
  const Seq end = work_.descending ? first : last;
  const bool is_full = found.events.size() == work_.room;
  const Seq stop = is_full ? Seq(found.events.back().seq()) : end;
  DAYBOOK_RETURN_IF_ERROR(GoOnBehind(stop, reader));
  const uint64_t rows =
      work_.descending ? last.value() + 1 - stop.value() : stop.value() + 1 - first.value();
  work_.Explain({.number = part.segment,
                 .access = has_index ? SegmentAccess::kIndex : SegmentAccess::kRows,
                 .index = has_index ? *IndexFor(work_.request.filter) : "",
                 .rows_examined = has_index ? found.events.size() : rows,
                 .events_found = found.events.size()});
  Keep(std::move(found.events));
  return absl::OkStatus();
}

absl::Status OnTimeSource::GoOnBehind(Seq seq, SegmentReader& reader) {
  DAYBOOK_ASSIGN_OR_RETURN(const Micros time, reader.RecordTime(seq));
  examined_ = {.time = time, .seq = static_cast<int64_t>(seq.value())};
  (work_.descending ? end_ : begin_) = work_.descending ? seq.value() : seq.value() + 1;
  return absl::OkStatus();
}

void OnTimeSource::Keep(std::vector<Event> events) {
  std::move(events.begin(), events.end(), std::back_inserter(found_));
}

OwnTimeSource::OwnTimeSource(EventTimeWork& work, const EventTimeKey& examined, uint64_t segment,
                             SegmentTable::View view)
    : EventTimeSource(work, examined),
      segment_(segment),
      view_(std::move(view)),
      last_(std::min(work.as_of.value(), (segment + 1) * work.with.segment_events) - 1),
      step_(kShortestStep) {}

absl::Status OwnTimeSource::Advance() {
  absl::Status examined =
      work_.with.readers.With(segment_, [this](SegmentReader& reader) { return Examine(reader); });
  // It may be dropped meanwhile.
  if (!examined.ok() && segment_ >= work_.with.table.dropped()) return examined;
  is_over_ = is_over_ || !examined.ok();
  return absl::OkStatus();
}

absl::Status OwnTimeSource::Examine(SegmentReader& reader) {
  KeyRange range = {
      .after = examined_, .last = last_, .descending = work_.descending, .limit = step_};
  if (view_.sealed && reader.HasIndexFor(work_.request.filter)) return ReadByIndex(range, reader);
  range.limit = static_cast<size_t>(std::max<uint64_t>(1, std::min<uint64_t>(step_, work_.budget)));
  step_ = std::min<size_t>(2 * step_, kLongestStep);
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<EventTimeKey> keys, FindKeys(range, reader));
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<Event> events,
                           reader.ReadThose(SeqsIn(keys), work_.request.filter));
  work_.Explain({.number = segment_,
                 .access = view_.sealed ? SegmentAccess::kIndex : SegmentAccess::kMemory,
                 .index = view_.sealed ? "audit_logs_event_time" : "",
                 .rows_examined = keys.size(),
                 .events_found = events.size()});
  std::move(events.begin(), events.end(), std::back_inserter(found_));
  if (!keys.empty()) examined_ = keys.back();
  is_over_ = keys.size() < range.limit;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<EventTimeKey>> OwnTimeSource::FindKeys(const KeyRange& range,
                                                                  SegmentReader& reader) {
  if (view_.sealed) {
    auto keys = reader.FindEventTimes(range);
    if (keys.ok()) work_.Charge(1 + keys->size());
    return keys;
  }
  const Postings& postings = *view_.unsealed;
  std::vector<EventTimeKey> keys = postings.event_times().Find(
      range, [&](Seq seq) { return work_.keys.empty() || postings.MayHave(work_.keys, seq); });
  work_.Charge(work_.keys.empty() ? 1 + keys.size() : kLedCost);
  return keys;
}

absl::Status OwnTimeSource::ReadByIndex(KeyRange range, SegmentReader& reader) {
  range.limit = work_.room;
  DAYBOOK_ASSIGN_OR_RETURN(SegmentReader::Found found,
                           reader.ReadByEventTime(range, work_.request.filter));
  work_.Charge(std::max(kLedCost, found.examined));
  if (!found.events.empty()) examined_ = KeyOf(found.events.back());
  is_over_ = found.events.size() < range.limit;
  work_.Explain({.number = segment_,
                 .access = SegmentAccess::kIndex,
                 .index = *IndexFor(work_.request.filter),
                 .rows_examined = found.events.size(),
                 .events_found = found.events.size()});
  std::move(found.events.begin(), found.events.end(), std::back_inserter(found_));
  return absl::OkStatus();
}

}  // namespace daybook::storage::sqlite
