// How a store finds the end of its log when it is opened, and what it puts right
// after a crash: docs/storage.md, "The end of the log".

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "storage/sqlite/catalog.h"
#include "storage/sqlite/segment_seal.h"
#include "storage/sqlite/sqlite_event_store.h"
#include "storage/sqlite/store_errors.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;

// True where the process ended before the segment was closed.
absl::StatusOr<bool> HasJournal(const std::string& segment) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_wal, db::sqlite::Exists(segment + "-wal"));
  if (has_wal) return true;
  return db::sqlite::Exists(segment + "-journal");
}

}  // namespace

absl::Status SqliteEventStore::Start(telemetry::Metrics& metrics, telemetry::Log& log) {
  const MutexLock lock(append_mutex_);
  DAYBOOK_RETURN_IF_ERROR(FindBegin());
  DAYBOOK_ASSIGN_OR_RETURN(Catalog::Opened opened,
                           Catalog::Open(options_.layout, table_.dropped()));
  auto& [catalog, zones] = opened;
  readers_.SetSealed(table_.dropped() + zones.size());
  DAYBOOK_RETURN_IF_ERROR(AdoptSealed(catalog, zones));
  OpenFilters(zones);
  if (!zones.empty()) last_created_at_ = zones.back().last_time;
  active_ = table_.dropped() + zones.size();
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
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<uint64_t> numbers, KeptSegments());
  for (uint64_t i = zones.size(); i < numbers.size(); ++i) {
    const uint64_t number = table_.dropped() + i;
    if (numbers[i] != number) return absl::OkStatus();  // Reopen says so
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
  std::vector<uint64_t> tags(table_.dropped(), 0);
  tags.reserve(table_.dropped() + zones.size());
  for (const Zone& zone : zones) tags.push_back(zone.Tag());
  const std::string boot = BootId();
  const auto open = [&](const FilterKind& kind) {
    return std::make_unique<SegmentFilters>(
        SegmentFilters::Options{.prefix = options_.layout.FilterPrefix(kind.name),
                                .words = FilterWords(kind, options_.segment_events),
                                .boot = boot},
        tags);
  };
  subjects_ = open(kSubjectFilters);
  requests_ = open(kRequestFilters);
}

std::vector<uint64_t> SqliteEventStore::ToSurvey() const {
  std::vector<uint64_t> segments;
  for (uint64_t segment = table_.dropped(); segment < table_.sealed(); ++segment) {
    const bool is_known = subjects_->HasAdded(segment) && requests_->HasAdded(segment);
    if (!is_known) segments.push_back(segment);
  }
  return segments;
}

absl::Status SqliteEventStore::Reopen() {
  writer_.reset();
  is_open_ = false;
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<uint64_t> numbers, KeptSegments());
  uint64_t end = table_.dropped();
  for (const uint64_t number : numbers) {
    if (number != end) return DamagedStoreError(absl::StrCat("segment ", end, " is missing"));
    ++end;
  }
  if (numbers.empty()) return DamagedStoreError("there is no segment");
  if (end < active_) {
    return DamagedStoreError(absl::StrCat(
        "segment ", end, " is missing, which was sealed; where the store was put back ",
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
  const uint64_t end = numbers.back() + 1;
  for (; number < end; ++number) {
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
  if (number < end) {
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

}  // namespace daybook::storage::sqlite
