#include "verify/segment_rows.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "ledger/tile_edge.h"
#include "schema/store_ddl.h"
#include "verify/open.h"

namespace daybook::verify {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::db::sqlite::WholeRows;

constexpr char kTileList[] =
    "SELECT level, number, (SELECT max(id) FROM audit_logs) FROM tiles ORDER BY level, number";

}  // namespace

SegmentRows::SegmentRows(const StoreFacts& facts, uint64_t number)
    : facts_(facts),
      number_(number),
      first_(number * facts.header.segment_events),
      end_(facts.SegmentEnd(number)),
      file_(absl::StrCat("segment ", number)) {}

absl::StatusOr<std::unique_ptr<SegmentRows>> SegmentRows::Open(const StoreFacts& facts,
                                                               uint64_t number,
                                                               Findings& findings) {
  std::unique_ptr<SegmentRows> segment(new SegmentRows(facts, number));
  DAYBOOK_RETURN_IF_ERROR(segment->Hold());
  DAYBOOK_RETURN_IF_ERROR(segment->CheckSchema(findings));
  DAYBOOK_RETURN_IF_ERROR(segment->SelectRows());
  if (segment->is_as_made_) {
    segment->sums_.emplace(facts.shape, facts.indexes, segment->IndexScope());
    // A service may have filled and sealed it since the log was found to end in it.
    if (segment->is_sealed_ && segment->IsFull()) segment->totals_.emplace();
  }
  if (segment->is_sealed_ || segment->IsInCatalog()) {
    DAYBOOK_ASSIGN_OR_RETURN(FilterCheck filters, FilterCheck::Of(facts, number));
    segment->filters_.emplace(std::move(filters));
  }
  return segment;
}

// A service may have gone on recording into what was not full.
IndexSums::Scope SegmentRows::IndexScope() const {
  return {.key = facts_.index_key,
          .is_sealed = is_sealed_,
          .end = IsFull() ? std::numeric_limits<int64_t>::max() : static_cast<int64_t>(end_)};
}

absl::Status SegmentRows::Hold() {
  if (connection_) return absl::OkStatus();
  const std::string path = facts_.layout.Segment(number_);
  absl::StatusOr<Connection> connection =
      IsInCatalog() ? OpenSealed(path, facts_.access) : OpenToRead(path);
  if (!connection.ok()) return std::move(connection).status();
  connection_.emplace(*std::move(connection));
  return absl::OkStatus();
}

void SegmentRows::LetGo() {
  if (IsInCatalog()) return;
  rows_.reset();
  tiles_.reset();
  connection_.reset();
}

absl::Status SegmentRows::SelectRows() {
  DAYBOOK_RETURN_IF_ERROR(Hold());
  DAYBOOK_ASSIGN_OR_RETURN(
      WholeRows rows,
      facts_.shape.Select(*connection_, last_id_ ? "WHERE id > ?1 ORDER BY id" : "ORDER BY id"));
  if (last_id_) rows.BindInteger(1, *last_id_);
  rows_.emplace(std::move(rows));
  return absl::OkStatus();
}

absl::StatusOr<bool> SegmentRows::Next() {
  if (!rows_) DAYBOOK_RETURN_IF_ERROR(SelectRows());
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, rows_->Step());
  if (has_row) last_id_ = row()[facts_.shape.at().id].integer;
  return has_row;
}

absl::StatusOr<std::optional<TileHashes>> SegmentRows::ReadTile(uint32_t level, uint64_t number) {
  if (!tiles_) {
    DAYBOOK_RETURN_IF_ERROR(Hold());
    DAYBOOK_ASSIGN_OR_RETURN(TileReader tiles, TileReader::Of(*connection_));
    tiles_.emplace(std::move(tiles));
  }
  return tiles_->Read(level, number);
}

// A segment is sealed where the catalog says so, or where it has all that sealing gives.
absl::Status SegmentRows::CheckSchema(Findings& findings) {
  DAYBOOK_ASSIGN_OR_RETURN(const FileSchema found, FileSchema::Of(*connection_));
  const std::string from_sealed = facts_.schema.sealed().FirstDifference(found);
  is_sealed_ = from_sealed.empty();
  std::string difference = from_sealed;
  if (!IsInCatalog() && !is_sealed_) {
    difference = facts_.schema.segment().FirstDifference(found);
  }
  is_as_made_ = difference.empty();
  if (!is_as_made_) {
    findings.Add(Fault::kSchemaChanged, absl::StrCat(file_, ": ", difference));
  }
  return StoreSchema::CheckStatements(*connection_, "seal_index", schema::SealStatements(), file_,
                                      findings);
}

void SegmentRows::Add(const RowCheck& row) {
  const Micros event_time = row.event_time();
  if (events_++ == 0) {
    zone_.first_time = row.created_at();
    zone_.first_event_time = event_time;
    zone_.last_event_time = event_time;
  }
  zone_.last_time = row.created_at();
  zone_.first_event_time = std::min(zone_.first_event_time, event_time);
  zone_.last_event_time = std::max(zone_.last_event_time, event_time);
  if (sums_) sums_->Add(row.cells());
  if (totals_) totals_->Add(row);
  if (filters_) filters_->Add(row);
}

void SegmentRows::AddStray(const RowCheck& row) {
  if (sums_) sums_->Add(row.cells());
}

absl::Status SegmentRows::Finish(const Advance& advance, Findings& findings) {
  DAYBOOK_RETURN_IF_ERROR(Hold());
  DAYBOOK_RETURN_IF_ERROR(CheckTiles(findings));
  // Without rest where the file is open to others.
  const Advance rest = IsInCatalog() ? advance : Advance();
  if (filters_) DAYBOOK_RETURN_IF_ERROR(filters_->Compare(rest, findings));
  // Where rows are missing, that is what is wrong.
  if (first_ + events_ != end_) return absl::OkStatus();
  if (sums_) DAYBOOK_RETURN_IF_ERROR(sums_->Compare(*connection_, file_, rest, findings));
  if (totals_) DAYBOOK_RETURN_IF_ERROR(totals_->Compare(*connection_, file_, findings));
  const auto zone = facts_.zones.find(number_);
  if (zone == facts_.zones.end()) return absl::OkStatus();
  CompareZones(number_, facts_.header.segment_events, zone->second, zone_, findings);
  return absl::OkStatus();
}

// That none is missing was seen when each was compared.
absl::Status SegmentRows::CheckTiles(Findings& findings) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_->PrepareKnown(kTileList));
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return absl::OkStatus();
    const int64_t level = select.Integer(0);
    const int64_t number = select.Integer(1);
    const std::string name = absl::StrCat(file_, ": tile ", level, "/", number);
    const bool is_known = level >= 0 && level < ledger::kStoredTileLevels && number >= 0;
    const uint64_t last =
        is_known ? ledger::LastLeafOf(static_cast<uint32_t>(level), static_cast<uint64_t>(number))
                       .value()
                 : 0;
    const bool is_here = is_known && last / facts_.header.segment_events == number_;
    const uint64_t rows = select.IsNull(2) ? 0 : static_cast<uint64_t>(select.Integer(2)) + 1;
    if (!is_here) {
      findings.Add(Fault::kTileUnexpected, name);
    } else if (last >= std::max(rows, end_)) {
      findings.Add({.fault = Fault::kLogCutShort,
                    .first_seq = std::max(rows, end_),
                    .last_seq = last,
                    .what = absl::StrCat(name, " is over events up to ", last)});
    }
  }
}

}  // namespace daybook::verify
