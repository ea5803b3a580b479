#include "storage/sqlite/seq_bounds.h"

#include <algorithm>
#include <memory>

#include "core/status_macros.h"
#include "daybook/audit/v1/event.pb.h"
#include "query/required_numbers.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::query::NumberRange;

SeqBounds NarrowBySeq(SeqBounds within, const query::Filter& filter) {
  const NumberRange seqs = query::RequiredNumbers(filter, Event::kSeqFieldNumber);
  if (seqs.first > seqs.last || seqs.last < 0) return {.begin = within.end, .end = within.end};
  const uint64_t first = static_cast<uint64_t>(std::max<int64_t>(seqs.first, 0));
  const uint64_t end = static_cast<uint64_t>(seqs.last) + 1;
  const uint64_t begin = std::clamp(first, within.begin, within.end);
  return {.begin = begin, .end = std::clamp(end, begin, within.end)};
}

}  // namespace

absl::StatusOr<SeqBounds> SeqFinder::Narrow(SeqBounds within, const query::Filter& filter) {
  within = NarrowBySeq(within, filter);
  const NumberRange times = query::RequiredNumbers(filter, Event::kCreatedAtFieldNumber);
  if (times.first > times.last) within.begin = within.end;
  if (times.first != NumberRange().first) {
    DAYBOOK_ASSIGN_OR_RETURN(within.begin, FirstSince(times.first, within));
  }
  if (times.last != NumberRange().last) {
    DAYBOOK_ASSIGN_OR_RETURN(within.end, FirstSince(times.last + 1, within));
  }
  return within;
}

// The last record time of the events of a segment, those below `end`.
absl::StatusOr<Micros> SeqFinder::LastTimeOf(uint64_t segment, uint64_t end) {
  const SegmentTable::View view = with_.table.Find(segment);
  if (view.sealed) return view.sealed->last_time;
  if (!view.unsealed) return kMinMicros;  // it is dropped
  const Seq last(std::min(end, (segment + 1) * with_.segment_events) - 1);
  Micros time = kMinMicros;
  const absl::Status read = with_.readers.With(segment, [&](SegmentReader& reader) {
    DAYBOOK_ASSIGN_OR_RETURN(time, reader.RecordTime(last));
    return absl::OkStatus();
  });
  if (read.ok() || segment < with_.table.dropped()) return time;
  return read;
}

absl::StatusOr<uint64_t> SeqFinder::FirstSince(Micros time, SeqBounds within) {
  if (within.begin >= within.end) return within.end;
  const uint64_t end = (within.end - 1) / with_.segment_events + 1;
  uint64_t segment = within.begin / with_.segment_events;
  for (uint64_t left = end - segment; left > 0;) {
    const uint64_t middle = segment + left / 2;
    DAYBOOK_ASSIGN_OR_RETURN(const Micros last_time, LastTimeOf(middle, within.end));
    if (last_time < time) {
      left -= left / 2 + 1;
      segment = middle + 1;
    } else {
      left /= 2;
    }
  }
  if (segment == end) return within.end;
  const uint64_t first = std::max(within.begin, segment * with_.segment_events);
  const uint64_t behind = std::min(within.end, (segment + 1) * with_.segment_events);
  const std::shared_ptr<const Zone> zone = with_.table.Find(segment).sealed;
  if (zone && zone->first_time >= time) return first;
  uint64_t found = behind;
  const absl::Status read = with_.readers.With(segment, [&](SegmentReader& reader) {
    DAYBOOK_ASSIGN_OR_RETURN(const Seq seq, reader.FirstSince(time, Seq(first), Seq(behind)));
    found = seq.value();
    return absl::OkStatus();
  });
  if (read.ok() || segment < with_.table.dropped()) return found;
  return read;
}

}  // namespace daybook::storage::sqlite
