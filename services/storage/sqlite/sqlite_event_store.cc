#include "storage/sqlite/sqlite_event_store.h"

#include <algorithm>
#include <bit>
#include <deque>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "storage/sqlite/catalog.h"
#include "storage/sqlite/node_reader.h"
#include "storage/sqlite/segment_scan.h"
#include "storage/sqlite/segment_seal.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;

// How long an append waits for the segments before it to be sealed.
constexpr absl::Duration kSealingPatience = absl::Seconds(1);

// The bits of a filter an event: requests are asked for by every append, where a
// false answer costs a look into a file.
constexpr uint64_t kRequestBits = 32;
constexpr uint64_t kSubjectBits = 16;

absl::Status DamagedStoreError(absl::string_view what) {
  return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged, what);
}

absl::Status MissingEventError(Seq seq) {
  return DamagedStoreError(absl::StrCat("event ", seq.value(), " is missing"));
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

absl::StatusOr<std::unique_ptr<SqliteEventStore>> SqliteEventStore::Open(
    Options options, const Clock& clock, telemetry::Metrics& metrics, telemetry::Log& log) {
  std::unique_ptr<SqliteEventStore> store(new SqliteEventStore(std::move(options), clock, metrics));
  DAYBOOK_RETURN_IF_ERROR(store->Start(metrics, log));
  return store;
}

SqliteEventStore::SqliteEventStore(Options options, const Clock& clock, telemetry::Metrics& metrics)
    : options_(std::move(options)),
      clock_(clock),
      table_(options_.segment_events, metrics),
      readers_(options_.layout, options_.segment_events) {}

absl::Status SqliteEventStore::Start(telemetry::Metrics& metrics, telemetry::Log& log) {
  const MutexLock lock(append_mutex_);
  DAYBOOK_ASSIGN_OR_RETURN(Catalog::Opened opened, Catalog::Open(options_.layout));
  auto& [catalog, zones] = opened;
  readers_.SetSealed(zones.size());
  DAYBOOK_RETURN_IF_ERROR(AdoptSealed(catalog, zones));
  OpenFilters(zones);
  if (!zones.empty()) last_created_at_ = zones.back().last_time;
  active_ = zones.size();
  size_.store(active_ * options_.segment_events, std::memory_order_release);
  for (Zone& zone : zones) table_.AddSealed(std::move(zone));
  sealer_ = std::make_unique<Sealer>(Sealer::Collaborators{.layout = options_.layout,
                                                           .table = table_,
                                                           .readers = readers_,
                                                           .subjects = *subjects_,
                                                           .requests = *requests_,
                                                           .metrics = metrics,
                                                           .log = log},
                                     std::move(catalog), ToSurvey());
  return Reopen();
}

// A crash, or a catalog that was lost, leaves sealed segments that it does not
// name.
absl::Status SqliteEventStore::AdoptSealed(Catalog& catalog, std::vector<Zone>& zones) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<uint64_t> numbers, options_.layout.SegmentNumbers());
  for (uint64_t number = zones.size(); number < numbers.size(); ++number) {
    if (numbers[number] != number) return absl::OkStatus();  // Reopen says so
    const std::string path = options_.layout.Segment(number);
    DAYBOOK_ASSIGN_OR_RETURN(const bool was_cut_off, HasJournal(path));
    if (was_cut_off) return absl::OkStatus();
    DAYBOOK_ASSIGN_OR_RETURN(const bool is_sealed, IsSealed(path));
    if (!is_sealed) return absl::OkStatus();
    readers_.SetSealed(number + 1);
    DAYBOOK_ASSIGN_OR_RETURN(Zone zone, ReadZone(number));
    DAYBOOK_RETURN_IF_ERROR(catalog.Put(zone));
    zones.push_back(std::move(zone));
  }
  return absl::OkStatus();
}

absl::StatusOr<Zone> SqliteEventStore::ReadZone(uint64_t number) {
  Zone zone;
  DAYBOOK_RETURN_IF_ERROR(readers_.With(number, [&zone](SegmentReader& reader) {
    DAYBOOK_ASSIGN_OR_RETURN(zone, reader.ReadZone());
    return absl::OkStatus();
  }));
  zone.number = number;
  DAYBOOK_ASSIGN_OR_RETURN(zone.bytes, db::sqlite::FileSize(options_.layout.Segment(number)));
  return zone;
}

void SqliteEventStore::OpenFilters(const std::vector<Zone>& zones) {
  std::vector<uint64_t> tags;
  tags.reserve(zones.size());
  for (const Zone& zone : zones) tags.push_back(zone.Tag());
  const std::string boot = BootId();
  const auto open = [&](const std::string& prefix, uint64_t bits) {
    return std::make_unique<SegmentFilters>(
        SegmentFilters::Options{
            .prefix = prefix, .words = std::bit_ceil(options_.segment_events * bits), .boot = boot},
        tags);
  };
  subjects_ = open(options_.layout.FilterPrefix("subjects"), kSubjectBits);
  requests_ = open(options_.layout.FilterPrefix("requests"), kRequestBits);
}

std::vector<uint64_t> SqliteEventStore::ToSurvey() const {
  std::vector<uint64_t> segments;
  for (uint64_t segment = 0; segment < table_.sealed(); ++segment) {
    const bool is_known = subjects_->HasAdded(segment) && requests_->HasAdded(segment);
    if (!is_known) segments.push_back(segment);
  }
  return segments;
}

absl::Status SqliteEventStore::Reopen() {
  writer_.reset();
  is_open_ = false;
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<uint64_t> numbers, options_.layout.SegmentNumbers());
  for (uint64_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] != i) return DamagedStoreError(absl::StrCat("segment ", i, " is missing"));
  }
  if (numbers.empty()) return DamagedStoreError("there is no segment");
  if (numbers.size() < active_) {
    return DamagedStoreError(absl::StrCat(
        "segment ", numbers.size(), " is missing, which was sealed; where the store was put back ",
        "from a backup, remove catalog.db, which is made anew"));
  }
  const uint64_t first = active_;
  DAYBOOK_RETURN_IF_ERROR(OpenActiveSegment(numbers));
  is_open_ = true;
  for (uint64_t full = first; full < active_; ++full) sealer_->Add(full, nullptr);
  return absl::OkStatus();
}

// The active segment is the first that is not full. Segments above it belong to
// an append that was cut off before its first part, and with it the whole, was
// committed.
absl::Status SqliteEventStore::OpenActiveSegment(const std::vector<uint64_t>& numbers) {
  uint64_t number = active_;
  uint64_t size = number * options_.segment_events;
  for (; number < numbers.size(); ++number) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool was_cut_off, HasJournal(options_.layout.Segment(number)));
    if (was_cut_off) DAYBOOK_RETURN_IF_ERROR(Recover(number));
    DAYBOOK_ASSIGN_OR_RETURN(const SegmentEnds ends, ReadEnds(number));
    if (ends.last) {
      last_created_at_ = ends.last->created_at;
      size = ends.last->seq.value() + 1;
    }
    if (size < (number + 1) * options_.segment_events) break;
  }
  DAYBOOK_RETURN_IF_ERROR(DiscardSegmentsAbove(number, numbers));
  DAYBOOK_RETURN_IF_ERROR(RecordStored(LogSize(size)));
  DAYBOOK_RETURN_IF_ERROR(LoadEdge(LogSize(size)));
  if (number < numbers.size()) {
    DAYBOOK_ASSIGN_OR_RETURN(SegmentWriter writer,
                             SegmentWriter::Open(options_.layout.Segment(number)));
    writer_.emplace(std::move(writer));
  }
  active_ = number;
  size_.store(size, std::memory_order_release);
  return absl::OkStatus();
}

absl::StatusOr<SegmentEnds> SqliteEventStore::ReadEnds(uint64_t number) {
  SegmentEnds ends;
  DAYBOOK_RETURN_IF_ERROR(readers_.With(number, [&ends](SegmentReader& reader) {
    DAYBOOK_ASSIGN_OR_RETURN(ends, reader.ReadEnds());
    return absl::OkStatus();
  }));
  if (ends.last && SegmentOf(ends.last->seq) != number) {
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

// Tells the table what lies behind its last event. It finds events by their
// place, so none may be missing.
absl::Status SqliteEventStore::RecordStored(LogSize size) {
  while (table_.recorded() < size) {
    uint64_t next = table_.recorded().value();
    const uint64_t segment = SegmentOf(Seq(next));
    while (table_.sealed() + table_.unsealed() <= segment) table_.AddUnsealed();
    DAYBOOK_RETURN_IF_ERROR(readers_.With(segment, [&](SegmentReader& reader) {
      return reader.VisitLookups(Seq(next), [&](const Event& event) -> absl::Status {
        if (event.seq() != next) return MissingEventError(Seq(next));
        table_.Record(event, RequestKeyOf(event.producer(), event.request_id()));
        ++next;
        return absl::OkStatus();
      });
    }));
  }
  return absl::OkStatus();
}

// The hashes that lie in no complete tile yet: leaves of the last events, and
// roots of the last tiles.
absl::Status SqliteEventStore::LoadEdge(LogSize size) {
  ledger::TileEdge::Hashes hashes;
  const uint64_t leaves = ledger::HashesBehindTiles(0, size);
  DAYBOOK_ASSIGN_OR_RETURN(hashes[0], ReadLeaves(Seq(size.value() - leaves), size));
  const uint64_t tiles = size.value() / ledger::kTileWidth;
  for (uint64_t tile = tiles - ledger::HashesBehindTiles(1, size); tile < tiles; ++tile) {
    DAYBOOK_RETURN_IF_ERROR(
        readers_.With(SegmentOf(ledger::LastLeafOf(0, tile)), [&](SegmentReader& reader) {
          DAYBOOK_ASSIGN_OR_RETURN(const std::vector<ledger::Hash> stored,
                                   reader.ReadTile(0, tile));
          hashes[1].push_back(ledger::RootOf(stored));
          return absl::OkStatus();
        }));
  }
  SetEdge(ledger::TileEdge(size, std::move(hashes)));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ledger::Hash>> SqliteEventStore::ReadLeaves(Seq first, LogSize end) {
  std::vector<ledger::Hash> leaves;
  for (uint64_t seq = first.value(); seq < end.value(); ++seq) {
    DAYBOOK_ASSIGN_OR_RETURN(const Event event, ReadEvent(Seq(seq)));
    ledger::Hash& leaf = leaves.emplace_back();
    std::copy(event.leaf_hash().begin(), event.leaf_hash().end(), leaf.begin());
  }
  return leaves;
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
    DAYBOOK_RETURN_IF_ERROR(readers_.With(segment, [&](SegmentReader& reader) {
      DAYBOOK_ASSIGN_OR_RETURN(
          seq, reader.FindRequest(event.event().producer(), event.event().request_id()));
      return absl::OkStatus();
    }));
    if (seq) break;
  }
  return seq;
}

// Memory holds digests: the row settles it.
absl::StatusOr<std::optional<Event>> SqliteEventStore::GetIfRepeated(Seq seq,
                                                                     const NewEvent& event) {
  // Not Get(): what recovery finds is known before it is seen.
  DAYBOOK_ASSIGN_OR_RETURN(Event stored, ReadEvent(seq));
  const bool is_same = stored.producer() == event.event().producer() &&
                       stored.request_id() == event.event().request_id();
  if (!is_same || MicrosOf(stored.created_at()) < OldestRemembered()) return std::nullopt;
  return stored;
}

absl::StatusOr<Event> SqliteEventStore::Get(Seq seq) {
  const LogSize size = Size();
  if (!size.Contains(seq)) return EventNotFoundError(seq, size);
  return ReadEvent(seq);
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
  return NodeReader(readers_, options_.segment_events, *edge).Read(nodes);
}

absl::StatusOr<ScanResult> SqliteEventStore::Scan(const ScanRequest& request) {
  SegmentScan scan({.segment_events = options_.segment_events,
                    .table = table_,
                    .readers = readers_,
                    .subjects = *subjects_},
                   request, std::min(request.as_of, Size()));
  return scan.Run();
}

}  // namespace daybook::storage::sqlite
