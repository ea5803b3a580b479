#include "journal/tail_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/status_macros.h"
#include "query/match.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::Event;

// So far from the end of the log a group commit may carry it at once.
constexpr uint64_t kNear = 65'536;

// How many events are looked at before others get their turn: in memory, and in
// the store.
constexpr size_t kMatchedAtOnce = 1'024;
constexpr uint64_t kScannedAtOnce = 8'192;

std::vector<Event> Match(TailPlace& place, const std::vector<NewestEvents::Kept>& kept,
                         const TailRoom& room) {
  std::vector<Event> matches;
  size_t bytes = 0;
  for (const NewestEvents::Kept& each : kept) {
    if (query::Matches(place.filter, *each.event)) {
      if (matches.size() == room.events) break;
      if (!matches.empty() && bytes + each.bytes > room.bytes) break;
      bytes += each.bytes;
      matches.push_back(*each.event);
    }
    place.next = each.event->seq() + 1;
  }
  return matches;
}

// Leaves those that are too much for the next time, and learns from that.
void CutToRoom(TailPlace& place, const TailRoom& room, std::vector<Event>& events) {
  size_t bytes = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    bytes += events[i].ByteSizeLong();
    if (i == 0 || bytes <= room.bytes) continue;
    place.next = events[i].seq();
    place.worth_reading = i;
    events.resize(i);
    return;
  }
  place.worth_reading = std::min(2 * place.worth_reading, room.events);
}

}  // namespace

bool TailReader::IsNear(uint64_t next, LogSize size) {
  return next >= size.value() || size.value() - next <= kNear;
}

absl::StatusOr<std::vector<Event>> TailReader::ReadOn(TailPlace& place, const TailRoom& room,
                                                      const std::function<bool()>& cancelled) {
  const Seq begin = store_.Begin();
  if (place.next < begin.value()) return storage::PrunedError(Seq(place.next), begin);
  const LogSize size = store_.Size();
  if (place.next >= size.value()) return std::vector<Event>();
  if (IsNear(place.next, size)) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto kept, newest_.From(Seq(place.next), kMatchedAtOnce));
    if (kept) return Match(place, *kept, room);
  }
  return Scan(place, room, cancelled);
}

// No gap: what is dropped meanwhile is not passed over in silence.
absl::StatusOr<std::vector<Event>> TailReader::Scan(TailPlace& place, const TailRoom& room,
                                                    const std::function<bool()>& cancelled) {
  storage::ScanRequest scan;
  scan.filter = place.filter;
  scan.order = storage::ScanOrder::kSeq;
  scan.as_of = store_.Size();
  if (place.next > 0) scan.last_examined = Seq(place.next - 1);
  scan.limit = std::clamp<size_t>(place.worth_reading, 1, room.events);
  scan.budget = kScannedAtOnce;
  scan.cancelled = cancelled;
  absl::StatusOr<storage::ScanResult> found = store_.Scan(scan);
  const Seq begin = store_.Begin();
  if (place.next < begin.value()) return storage::PrunedError(Seq(place.next), begin);
  if (!found.ok()) return std::move(found).status();
  place.next = found->last_examined ? found->last_examined->value() + 1 : scan.as_of.value();
  CutToRoom(place, room, found->events);
  return std::move(found->events);
}

}  // namespace daybook::journal
