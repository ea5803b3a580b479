#include "storage/sqlite/sqlite_event_store.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "storage/scan_cursor.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;

// So many events are examined between two questions whether to stop.
constexpr uint64_t kScanStep = 16'384;

absl::Status DamagedStoreError(absl::string_view what) {
  return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged, what);
}

absl::Status StoreUnavailableError(absl::string_view what) {
  return ErrorWithReason(absl::StatusCode::kUnavailable, Reason::kStoreUnavailable, what);
}

// True where the process ended before the segment was closed.
absl::StatusOr<bool> HasJournal(const std::string& segment) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_wal, db::sqlite::Exists(segment + "-wal"));
  if (has_wal) return true;
  return db::sqlite::Exists(segment + "-journal");
}

// What a caller is told of a failed append: nothing about its request is wrong.
absl::Status AppendError(const absl::Status& error) {
  if (absl::IsAlreadyExists(error)) {
    return StoreUnavailableError("another program wrote into the store; send it again");
  }
  if (ReasonIn(error).empty()) return absl::InternalError(error.message());
  return error;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteEventStore>> SqliteEventStore::Open(Options options,
                                                                         const Clock& clock) {
  std::unique_ptr<SqliteEventStore> store(new SqliteEventStore(std::move(options), clock));
  const MutexLock lock(store->append_mutex_);
  DAYBOOK_RETURN_IF_ERROR(store->Reopen());
  return store;
}

SqliteEventStore::SqliteEventStore(Options options, const Clock& clock)
    : options_(std::move(options)), clock_(clock), readers_(options_.layout) {}

absl::Status SqliteEventStore::Reopen() {
  writer_.reset();
  is_open_ = false;
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<uint64_t> numbers, options_.layout.SegmentNumbers());
  for (uint64_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] != i) return DamagedStoreError(absl::StrCat("segment ", i, " is missing"));
  }
  if (numbers.empty()) return DamagedStoreError("there is no segment");
  DAYBOOK_RETURN_IF_ERROR(OpenActiveSegment(numbers));
  DAYBOOK_RETURN_IF_ERROR(IndexNewRequests());
  is_open_ = true;
  return absl::OkStatus();
}

// The active segment is the first that is not full. Segments above it belong to
// an append that was cut off before its first part, and with it the whole, was
// committed.
absl::Status SqliteEventStore::OpenActiveSegment(const std::vector<uint64_t>& numbers) {
  uint64_t size = 0;
  for (const uint64_t number : numbers) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool was_cut_off, HasJournal(options_.layout.Segment(number)));
    if (was_cut_off) DAYBOOK_RETURN_IF_ERROR(Recover(number));
    DAYBOOK_ASSIGN_OR_RETURN(const SegmentEnds ends, ReadEnds(number));
    if (ends.last) last_created_at_ = ends.last->created_at;
    size = ends.last ? ends.last->seq.value() + 1 : number * options_.segment_events;
    if (size == (number + 1) * options_.segment_events) {
      // Record time never falls: what came before is older still.
      if (last_created_at_ < OldestRemembered())
        requests_indexed_ = std::max(requests_indexed_, size);
      if (was_cut_off) FinishFullSegment(number);
      continue;
    }
    DAYBOOK_RETURN_IF_ERROR(DiscardSegmentsAbove(number, numbers));
    DAYBOOK_ASSIGN_OR_RETURN(SegmentWriter writer,
                             SegmentWriter::Open(options_.layout.Segment(number)));
    writer_.emplace(std::move(writer));
    writer_segment_ = number;
    break;
  }
  size_.store(size, std::memory_order_release);
  return absl::OkStatus();
}

absl::StatusOr<SegmentEnds> SqliteEventStore::ReadEnds(uint64_t number) {
  SegmentEnds ends;
  DAYBOOK_RETURN_IF_ERROR(readers_.With(number, [&ends](SegmentReader& reader) {
    DAYBOOK_ASSIGN_OR_RETURN(ends, reader.ReadEnds());
    return absl::OkStatus();
  }));
  if (ends.last && SegmentOf(ends.last->seq.value()) != number) {
    return DamagedStoreError(
        absl::StrCat("segment ", number, " holds event ", ends.last->seq.value()));
  }
  return ends;
}

// What recovery finds in a journal may be in the page cache only, where a sync
// failed before: it is copied, and synced, before anyone is told of it.
absl::Status SqliteEventStore::Recover(uint64_t number) {
  DAYBOOK_ASSIGN_OR_RETURN(SegmentWriter writer,
                           SegmentWriter::Open(options_.layout.Segment(number)));
  return writer.Checkpoint();
}

void SqliteEventStore::FinishFullSegment(uint64_t number) {
  readers_.CloseIdle();
  absl::StatusOr<SegmentWriter> writer = SegmentWriter::Open(options_.layout.Segment(number));
  // Where someone reads it: a file with an empty WAL is as good.
  if (writer.ok()) writer->Finish().IgnoreError();
}

// One append gives all its events one record time. Anything else above the
// active segment was acknowledged, and the active one has lost events: that is
// for an operator, and nothing is removed.
absl::Status SqliteEventStore::DiscardSegmentsAbove(uint64_t active,
                                                    const std::vector<uint64_t>& numbers) {
  std::optional<Micros> record_time;
  for (const uint64_t number : numbers) {
    if (number <= active) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const bool was_cut_off, HasJournal(options_.layout.Segment(number)));
    if (was_cut_off) DAYBOOK_RETURN_IF_ERROR(Recover(number));
    DAYBOOK_ASSIGN_OR_RETURN(const SegmentEnds ends, ReadEnds(number));
    if (!ends.last) continue;
    if (!record_time) record_time = ends.last->created_at;
    if (ends.first->created_at != *record_time || ends.last->created_at != *record_time) {
      return DamagedStoreError(absl::StrCat("segment ", active, " is not full, and segment ",
                                            number, " above it holds events: events are missing"));
    }
  }
  readers_.CloseIdle();
  // The highest first: a crash meanwhile leaves no hole.
  for (auto number = numbers.rbegin(); number != numbers.rend() && *number > active; ++number) {
    DAYBOOK_RETURN_IF_ERROR(db::sqlite::RemoveDatabase(options_.layout.Segment(*number)));
  }
  return absl::OkStatus();
}

Micros SqliteEventStore::OldestRemembered() const {
  return FloorToMicros(clock_.Now()) - kRequestWindow;
}

absl::Status SqliteEventStore::IndexNewRequests() {
  const Micros since = OldestRemembered();
  const uint64_t size = Size().value();
  while (requests_indexed_ < size) {
    const uint64_t segment = SegmentOf(requests_indexed_);
    DAYBOOK_RETURN_IF_ERROR(IndexRequestsIn(segment, since));
    requests_indexed_ = std::min(size, (segment + 1) * options_.segment_events);
  }
  return absl::OkStatus();
}

absl::Status SqliteEventStore::IndexRequestsIn(uint64_t segment, Micros since) {
  return readers_.With(segment, [&](SegmentReader& reader) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return reader.VisitRequests(
        Seq(requests_indexed_), since,
        [&](const RequestKey& key, Seq seq, Micros created_at)
            ABSL_NO_THREAD_SAFETY_ANALYSIS { requests_.Add(key, seq, created_at); });
  });
}

absl::StatusOr<AppendReceipt> SqliteEventStore::Append(std::span<const NewEvent* const> events) {
  const MutexLock lock(append_mutex_);
  if (!is_open_) {
    const LogSize known = Size();
    DAYBOOK_RETURN_IF_ERROR(Reopen());
    // `events` were compared with a log that ended earlier: one of them may be
    // among those that have come to light.
    if (Size() != known) {
      return StoreUnavailableError("an append that was in doubt is in the log now; send it again");
    }
  }
  AppendReceipt receipt{.first_seq = Seq(Size().value()),
                        .created_at = std::max(FloorToMicros(clock_.Now()), last_created_at_),
                        .leaf_hashes = {}};
  const std::vector<Part> parts = PartsOf(events);
  if (absl::Status appended = AppendParts(receipt.created_at, parts); !appended.ok()) {
    // A full disk fails before the commit, and the writer has rolled back; of
    // anything else only the disk knows how far it came.
    if (parts.size() > 1 || !absl::IsResourceExhausted(appended)) is_open_ = false;
    return AppendError(appended);
  }
  last_created_at_ = receipt.created_at;
  receipt.leaf_hashes.reserve(events.size());
  uint64_t seq = receipt.first_seq.value();
  for (const NewEvent* event : events) {
    receipt.leaf_hashes.push_back(event->leaf().HashAt(receipt.created_at));
    if (event->request_key()) requests_.Add(*event->request_key(), Seq(seq), receipt.created_at);
    ++seq;
  }
  requests_.ForgetBefore(receipt.created_at - kRequestWindow);
  requests_indexed_ = seq;
  size_.store(seq, std::memory_order_release);
  return receipt;
}

// Where the events cross into new segments, those are created first, then
// committed from the last to the first: the commit of the first part decides,
// and until then OpenActiveSegment would discard the others.
absl::Status SqliteEventStore::AppendParts(Micros created_at, std::span<const Part> parts) {
  const bool begins_in_active = writer_ && parts.front().segment == writer_segment_;
  const std::span<const Part> in_new = parts.subspan(begins_in_active ? 1 : 0);
  std::vector<SegmentWriter> started;
  for (const Part& part : in_new) {
    DAYBOOK_ASSIGN_OR_RETURN(SegmentWriter writer, StartSegment(part.segment));
    started.push_back(std::move(writer));
  }
  for (size_t i = in_new.size(); i-- > 0;) {
    DAYBOOK_RETURN_IF_ERROR(started[i].Append(in_new[i].first_seq, created_at, in_new[i].events));
  }
  if (begins_in_active) {
    DAYBOOK_RETURN_IF_ERROR(
        writer_->Append(parts.front().first_seq, created_at, parts.front().events));
  }
  if (!started.empty()) GoOnIn(parts.back().segment, std::move(started));
  return absl::OkStatus();
}

void SqliteEventStore::GoOnIn(uint64_t segment, std::vector<SegmentWriter> started) {
  // What cannot be moved into the file now is as durable in the WAL, and is
  // moved when the store is next opened.
  readers_.CloseIdle();
  if (writer_) writer_->Finish().IgnoreError();
  for (size_t i = 0; i + 1 < started.size(); ++i) started[i].Finish().IgnoreError();
  writer_.emplace(std::move(started.back()));
  writer_segment_ = segment;
}

std::vector<SqliteEventStore::Part> SqliteEventStore::PartsOf(
    std::span<const NewEvent* const> events) const {
  std::vector<Part> parts;
  uint64_t seq = Size().value();
  while (!events.empty()) {
    const uint64_t segment = SegmentOf(seq);
    const uint64_t room = (segment + 1) * options_.segment_events - seq;
    const size_t count = std::min<size_t>(events.size(), room);
    parts.push_back({.segment = segment, .first_seq = Seq(seq), .events = events.first(count)});
    events = events.subspan(count);
    seq += count;
  }
  return parts;
}

absl::StatusOr<SegmentWriter> SqliteEventStore::StartSegment(uint64_t number) {
  const std::string path = options_.layout.Segment(number);
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_template,
                           db::sqlite::Exists(options_.layout.TemplateDb()));
  if (!has_template) {
    return DamagedStoreError("segments/template.db is missing: copy it back from a backup");
  }
  DAYBOOK_RETURN_IF_ERROR(db::sqlite::CopyDurably(options_.layout.TemplateDb(), path));
  return SegmentWriter::Open(path);
}

absl::StatusOr<std::optional<Event>> SqliteEventStore::FindRepeated(const NewEvent& event) {
  if (!event.request_key()) return std::nullopt;
  std::optional<Seq> seq;
  {
    const MutexLock lock(append_mutex_);
    seq = requests_.Find(*event.request_key());
  }
  if (!seq) return std::nullopt;
  DAYBOOK_ASSIGN_OR_RETURN(Event stored, Get(*seq));
  const bool is_same = stored.producer() == event.event().producer() &&
                       stored.request_id() == event.event().request_id();
  if (!is_same || MicrosOf(stored.created_at()) < OldestRemembered()) return std::nullopt;
  return stored;
}

absl::StatusOr<Event> SqliteEventStore::Get(Seq seq) {
  const LogSize size = Size();
  if (!size.Contains(seq)) return EventNotFoundError(seq, size);
  std::optional<Event> event;
  DAYBOOK_RETURN_IF_ERROR(readers_.With(SegmentOf(seq.value()), [&](SegmentReader& reader) {
    DAYBOOK_ASSIGN_OR_RETURN(event, reader.Get(seq));
    return absl::OkStatus();
  }));
  if (!event) return DamagedStoreError(absl::StrCat("event ", seq.value(), " is missing"));
  return *std::move(event);
}

absl::StatusOr<ScanResult> SqliteEventStore::Scan(const ScanRequest& request) {
  ScanCursor cursor(request, std::min(request.as_of, Size()));
  ScanResult result;
  while (const auto step = cursor.Next(kScanStep, options_.segment_events)) {
    if (request.cancelled()) return absl::CancelledError("the caller went away");
    const size_t limit = request.limit - result.events.size();
    std::vector<Event> found;
    DAYBOOK_RETURN_IF_ERROR(
        readers_.With(SegmentOf(step->first.value()), [&](SegmentReader& reader) {
          DAYBOOK_ASSIGN_OR_RETURN(found, reader.Read({.first = step->first,
                                                       .last = step->last,
                                                       .newest_first = request.newest_first,
                                                       .limit = limit},
                                                      request.filter));
          return absl::OkStatus();
        }));
    std::move(found.begin(), found.end(), std::back_inserter(result.events));
    if (found.size() == limit) cursor.StopBehind(Seq(result.events.back().seq()));
  }
  result.last_examined = cursor.last_examined();
  result.budget_exhausted = cursor.budget_exhausted();
  return result;
}

}  // namespace daybook::storage::sqlite
