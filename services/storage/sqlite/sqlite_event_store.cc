#include "storage/sqlite/sqlite_event_store.h"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "storage/sqlite/event_time_scan.h"
#include "storage/sqlite/node_reader.h"
#include "storage/sqlite/segment_scan.h"
#include "storage/sqlite/seq_bounds.h"
#include "storage/sqlite/store_errors.h"
#include "storage/sqlite/tally_scan.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;

// How long an append waits for the segments before it to be sealed.
constexpr absl::Duration kSealingPatience = absl::Seconds(1);

// How many rows are read in order before others get their turn.
constexpr uint64_t kReadAtOnce = 16'384;

absl::Status StoreUnavailableError(absl::string_view what) {
  return ErrorWithReason(absl::StatusCode::kUnavailable, Reason::kStoreUnavailable, what);
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

absl::StatusOr<std::unique_ptr<SqliteEventStore>> SqliteEventStore::Open(
    Options options, const Clock& clock, telemetry::Metrics& metrics, telemetry::Log& log) {
  std::unique_ptr<SqliteEventStore> store(new SqliteEventStore(std::move(options), clock, metrics));
  DAYBOOK_RETURN_IF_ERROR(store->Start(metrics, log));
  return store;
}

SqliteEventStore::SqliteEventStore(Options options, const Clock& clock, telemetry::Metrics& metrics)
    : options_(std::move(options)),
      clock_(clock),
      upper_(options_.subtrees),
      table_(options_.segment_events, metrics),
      readers_(options_.layout, options_.segment_events) {}

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
  std::vector<Part> parts = PartsOf(events);
  const bool starts_segment = !writer_ || parts.size() > 1;
  if (starts_segment) DAYBOOK_RETURN_IF_ERROR(sealer_->WaitForRoom(kSealingPatience));
  ledger::TileEdge edge = *Edge();
  receipt.leaf_hashes = CutTiles(receipt.created_at, parts, edge);
  std::vector<SegmentWriter> started;
  if (absl::Status appended = AppendParts(receipt.created_at, parts, started); !appended.ok()) {
    // A full disk fails before the commit, and the writer has rolled back; of
    // anything else only the disk knows how far it came.
    if (parts.size() > 1 || !absl::IsResourceExhausted(appended)) is_open_ = false;
    return AppendError(appended);
  }
  last_created_at_ = receipt.created_at;
  SetEdge(std::move(edge));
  Publish(receipt, events);
  GoOnBehind(parts, std::move(started));
  return receipt;
}

std::vector<ledger::Hash> SqliteEventStore::CutTiles(Micros created_at, std::vector<Part>& parts,
                                                     ledger::TileEdge& edge) {
  std::vector<ledger::Hash> leaves;
  for (Part& part : parts) {
    for (const NewEvent* event : part.events) {
      leaves.push_back(event->leaf().HashAt(created_at));
      edge.Add(leaves.back(), part.tiles);
    }
  }
  return leaves;
}

// Where the events cross into new segments, those are created first, then
// committed from the last to the first: the commit of the first part decides,
// and until then OpenActiveSegment would discard the others.
absl::Status SqliteEventStore::AppendParts(Micros created_at, std::span<const Part> parts,
                                           std::vector<SegmentWriter>& started) {
  const std::span<const Part> in_new = parts.subspan(writer_ ? 1 : 0);
  for (const Part& part : in_new) {
    DAYBOOK_ASSIGN_OR_RETURN(SegmentWriter writer, StartSegment(part.segment));
    started.push_back(std::move(writer));
  }
  for (size_t i = in_new.size(); i-- > 0;) {
    DAYBOOK_RETURN_IF_ERROR(
        started[i].Append(in_new[i].first_seq, created_at, in_new[i].events, in_new[i].tiles));
  }
  if (!writer_) return absl::OkStatus();
  const Part& first = parts.front();
  return writer_->Append(first.first_seq, created_at, first.events, first.tiles);
}

// Only now are the events seen: whoever is told of the new size finds them all.
void SqliteEventStore::Publish(const AppendReceipt& receipt,
                               std::span<const NewEvent* const> events) {
  const uint64_t size = receipt.first_seq.value() + events.size();
  const uint64_t last = SegmentOf(Seq(size - 1));
  while (table_.sealed() + table_.unsealed() <= last) table_.AddUnsealed();
  table_.Record(events, receipt.first_seq, receipt.created_at);
  size_.store(size, std::memory_order_release);
}

void SqliteEventStore::GoOnBehind(std::span<const Part> parts, std::vector<SegmentWriter> started) {
  std::deque<SegmentWriter> writers;  // of the parts
  if (writer_) writers.push_back(*std::move(writer_));
  writer_.reset();
  for (SegmentWriter& writer : started) writers.push_back(std::move(writer));
  for (size_t i = 0; i < parts.size(); ++i) {
    const uint64_t end = parts[i].first_seq.value() + parts[i].events.size();
    if (end % options_.segment_events != 0) {
      writer_.emplace(std::move(writers[i]));
    } else {
      sealer_->Add(parts[i].segment, std::make_unique<SegmentWriter>(std::move(writers[i])));
    }
  }
  active_ = SegmentOf(Seq(Size().value()));
}

std::vector<SqliteEventStore::Part> SqliteEventStore::PartsOf(
    std::span<const NewEvent* const> events) const {
  std::vector<Part> parts;
  uint64_t seq = Size().value();
  while (!events.empty()) {
    const uint64_t segment = SegmentOf(Seq(seq));
    const uint64_t room = (segment + 1) * options_.segment_events - seq;
    const size_t count = std::min<size_t>(events.size(), room);
    parts.push_back(
        {.segment = segment, .first_seq = Seq(seq), .events = events.first(count), .tiles = {}});
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

Micros SqliteEventStore::OldestRemembered() const {
  return FloorToMicros(clock_.Now()) - kRequestWindow;
}

absl::StatusOr<std::optional<Event>> SqliteEventStore::FindRepeated(const NewEvent& event) {
  if (!event.request_key()) return std::nullopt;
  if (const auto seq = table_.FindRequest(*event.request_key())) return GetIfRepeated(*seq, event);
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<Seq> seq, FindSealedRequest(event));
  if (!seq) return std::nullopt;
  return GetIfRepeated(*seq, event);
}

// The newest is the one that counts.
absl::StatusOr<std::optional<Seq>> SqliteEventStore::FindSealedRequest(const NewEvent& event) {
  const uint64_t first = table_.FirstSealedSince(OldestRemembered());
  std::optional<Seq> seq;
  for (const uint64_t segment :
       requests_->MayHold(DigestOf(*event.request_key()), first, table_.sealed())) {
    const absl::Status looked = readers_.With(segment, [&](SegmentReader& reader) {
      DAYBOOK_ASSIGN_OR_RETURN(
          seq, reader.FindRequest(event.event().producer(), event.event().request_id()));
      return absl::OkStatus();
    });
    if (segment < table_.dropped()) return std::nullopt;  // meanwhile, and what is before it
    if (!looked.ok()) return looked;
    if (seq) break;
  }
  return seq;
}

// Memory holds digests: the row settles it.
absl::StatusOr<std::optional<Event>> SqliteEventStore::GetIfRepeated(Seq seq,
                                                                     const NewEvent& event) {
  // Not Get(): what recovery finds is known before it is seen.
  absl::StatusOr<Event> stored = ReadEvent(seq);
  if (seq < Begin()) return std::nullopt;
  if (!stored.ok()) return std::move(stored).status();
  const bool is_same = stored->producer() == event.event().producer() &&
                       stored->request_id() == event.event().request_id();
  if (!is_same || MicrosOf(stored->created_at()) < OldestRemembered()) return std::nullopt;
  return *std::move(stored);
}

absl::StatusOr<Event> SqliteEventStore::Get(Seq seq) {
  const LogSize size = Size();
  if (!size.Contains(seq)) return EventNotFoundError(seq, size);
  if (seq < Begin()) return PrunedError(seq, Begin());
  absl::StatusOr<Event> event = ReadEvent(seq);
  if (!event.ok() && seq < Begin()) return PrunedError(seq, Begin());  // meanwhile
  return event;
}

absl::StatusOr<ledger::OpenedLeaf> SqliteEventStore::GetLeaf(Seq seq) {
  const LogSize size = Size();
  if (!size.Contains(seq)) return EventNotFoundError(seq, size);
  std::optional<ledger::OpenedLeaf> leaf;
  const absl::Status read = readers_.With(SegmentOf(seq), [&](SegmentReader& reader) {
    DAYBOOK_ASSIGN_OR_RETURN(leaf, reader.GetLeaf(seq));
    return absl::OkStatus();
  });
  if (seq < Begin()) return GetKeptLeaf(seq);
  if (!read.ok()) return read;
  if (!leaf) return MissingEventError(seq);
  return *std::move(leaf);
}

absl::Status SqliteEventStore::ReadBySpans(Seq first, Seq last, ReadSpan read) {
  const LogSize size = Size();
  if (last < first || !size.Contains(last)) {
    return absl::OutOfRangeError(absl::StrCat("the log of ", size.value(), " events does not hold ",
                                              first.value(), " to ", last.value()));
  }
  if (first < Begin()) return PrunedError(first, Begin());
  for (uint64_t next = first.value(); next <= last.value();) {
    const uint64_t segment = SegmentOf(Seq(next));
    // Not all at once: whoever wants the segment for himself waits for its readers.
    const uint64_t end =
        std::min({(segment + 1) * options_.segment_events, last.value() + 1, next + kReadAtOnce});
    absl::Status done = readers_.With(
        segment, [&](SegmentReader& reader) { return read(reader, Seq(next), Seq(end - 1)); });
    if (first < Begin()) return PrunedError(first, Begin());  // meanwhile
    if (!done.ok()) return done;
    next = end;
  }
  return absl::OkStatus();
}

absl::StatusOr<SpanSummary> SqliteEventStore::Summarize(Seq first, Seq last) {
  SpanSummary summary;
  DAYBOOK_RETURN_IF_ERROR(ReadBySpans(first, last, [&](SegmentReader& reader, Seq from, Seq to) {
    return reader.AddTo(summary, from, to);
  }));
  return summary;
}

absl::StatusOr<std::vector<Event>> SqliteEventStore::ReadProducers(Seq first, Seq last) {
  std::vector<Event> events;
  DAYBOOK_RETURN_IF_ERROR(ReadBySpans(first, last, [&](SegmentReader& reader, Seq from, Seq to) {
    return reader.ReadProducers(from, to, events);
  }));
  return events;
}

absl::StatusOr<Event> SqliteEventStore::ReadEvent(Seq seq) {
  std::optional<Event> event;
  DAYBOOK_RETURN_IF_ERROR(readers_.With(SegmentOf(seq), [&](SegmentReader& reader) {
    DAYBOOK_ASSIGN_OR_RETURN(event, reader.Get(seq));
    return absl::OkStatus();
  }));
  if (!event) return MissingEventError(seq);
  return *std::move(event);
}

std::shared_ptr<const ledger::TileEdge> SqliteEventStore::Edge() const {
  const MutexLock lock(edge_mutex_);
  return edge_;
}

void SqliteEventStore::SetEdge(ledger::TileEdge edge) {
  auto next = std::make_shared<const ledger::TileEdge>(std::move(edge));
  const MutexLock lock(edge_mutex_);
  edge_.swap(next);
}

absl::StatusOr<std::vector<ledger::Hash>> SqliteEventStore::ReadNodes(
    std::span<const ledger::Node> nodes) {
  const std::shared_ptr<const ledger::TileEdge> edge = Edge();
  DAYBOOK_RETURN_IF_ERROR(CheckComplete(nodes, edge->size()));
  while (true) {
    const uint64_t dropped = table_.dropped();
    auto hashes = NodeReader({.readers = readers_,
                              .segment_events = options_.segment_events,
                              .upper = upper_,
                              .edge = *edge,
                              .dropped = dropped,
                              .retention = options_.retention.get()})
                      .Read(nodes);
    // What was looked for in a segment may be among what remains of it meanwhile.
    if (hashes.ok() || table_.dropped() == dropped) return hashes;
  }
}

Segments SqliteEventStore::segments() {
  return {.segment_events = options_.segment_events,
          .table = table_,
          .readers = readers_,
          .subjects = *subjects_};
}

// What of the log is kept, and a question may be about.
SeqBounds SqliteEventStore::KeptFor(const ScanRequest& request) const {
  const uint64_t end = std::min(request.as_of, Size()).value();
  return {.begin = std::min(Begin().value(), end), .end = end};
}

// A first page also says what the filter's range passes by at once.
void SqliteEventStore::ExplainPassedBy(const SeqBounds& kept, const SeqBounds& bounds,
                                       ScanPlan& plan) const {
  const uint64_t whole = options_.segment_events;
  for (uint64_t segment = kept.begin / whole; segment * whole < kept.end; ++segment) {
    const uint64_t first = std::max(bounds.begin, segment * whole);
    const bool is_in = first < std::min(bounds.end, (segment + 1) * whole);
    if (!is_in) plan.Add({.number = segment, .access = SegmentAccess::kSkippedByTime});
  }
}

absl::StatusOr<ScanResult> SqliteEventStore::Scan(const ScanRequest& request) {
  const SeqBounds kept = KeptFor(request);
  DAYBOOK_ASSIGN_OR_RETURN(const SeqBounds bounds,
                           SeqFinder(segments()).Narrow(kept, request.filter));
  const Seq begin(bounds.begin);
  const LogSize end(bounds.end);
  absl::StatusOr<ScanResult> found = IsByEventTime(request.order)
                                         ? EventTimeScan(segments(), request, begin, end).Run()
                                         : SegmentScan(segments(), request, begin, end).Run();
  if (found.ok() && request.explain && !request.last_examined) {
    ExplainPassedBy(kept, bounds, found->plan);
  }
  return found;
}

absl::StatusOr<TallyResult> SqliteEventStore::Aggregate(const TallyRequest& request) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const SeqBounds bounds,
      SeqFinder(segments()).Narrow(KeptFor(request.scan), request.scan.filter));
  return TallyScan(segments(), request, bounds).Run();
}

}  // namespace daybook::storage::sqlite
