#include "storage/sqlite/seq_bounds.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <variant>

#include "core/status_macros.h"
#include "daybook/audit/v1/event.pb.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::query::Comparison;

constexpr int64_t kFirst = std::numeric_limits<int64_t>::min();
constexpr int64_t kLast = std::numeric_limits<int64_t>::max();

// Numbers from `first` to `last`, both inclusive; none where `first` is behind `last`.
struct Numbers {
  int64_t first = kFirst;
  int64_t last = kLast;

  void AtLeast(int64_t number) { first = std::max(first, number); }
  void AtMost(int64_t number) { last = std::min(last, number); }
  void MakeEmpty() {
    first = kLast;
    last = kFirst;
  }
};

void Limit(Comparison comparison, int64_t number, Numbers& numbers) {
  switch (comparison) {
    case Comparison::kEqual:
      numbers.AtLeast(number);
      numbers.AtMost(number);
      break;
    case Comparison::kLess:
      if (number == kFirst) return numbers.MakeEmpty();
      numbers.AtMost(number - 1);
      break;
    case Comparison::kAtMost:
      numbers.AtMost(number);
      break;
    case Comparison::kGreater:
      if (number == kLast) return numbers.MakeEmpty();
      numbers.AtLeast(number + 1);
      break;
    case Comparison::kAtLeast:
      numbers.AtLeast(number);
      break;
    case Comparison::kNotEqual:
    case Comparison::kHas:
      break;
  }
}

// What `filter` requires of a field of numbers.
Numbers RequiredOf(const query::Filter& filter, int field) {
  Numbers numbers;
  for (const query::Term& term : filter.required()) {
    const auto* const number = std::get_if<int64_t>(&term.value);
    if (term.field->number == field && number != nullptr) Limit(term.comparison, *number, numbers);
  }
  return numbers;
}

SeqBounds NarrowBySeq(SeqBounds within, const query::Filter& filter) {
  const Numbers seqs = RequiredOf(filter, Event::kSeqFieldNumber);
  if (seqs.first > seqs.last || seqs.last < 0) return {.begin = within.end, .end = within.end};
  const uint64_t first = static_cast<uint64_t>(std::max<int64_t>(seqs.first, 0));
  const uint64_t end = static_cast<uint64_t>(seqs.last) + 1;
  const uint64_t begin = std::clamp(first, within.begin, within.end);
  return {.begin = begin, .end = std::clamp(end, begin, within.end)};
}

}  // namespace

absl::StatusOr<SeqBounds> SeqFinder::Narrow(SeqBounds within, const query::Filter& filter) {
  within = NarrowBySeq(within, filter);
  const Numbers times = RequiredOf(filter, Event::kCreatedAtFieldNumber);
  if (times.first > times.last) within.begin = within.end;
  if (times.first != kFirst) {
    DAYBOOK_ASSIGN_OR_RETURN(within.begin, FirstSince(times.first, within));
  }
  if (times.last != kLast) {
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
    DAYBOOK_ASSIGN_OR_RETURN(time, reader.TimeOf(last));
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
