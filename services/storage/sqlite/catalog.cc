#include "storage/sqlite/catalog.h"

#include <optional>
#include <utility>

#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "db/sqlite/statement.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::db::sqlite::Statement;
using ::daybook::db::sqlite::StoreLayout;

constexpr char kSchema[] = "SELECT statement FROM catalog_schema ORDER BY position";
constexpr char kSegments[] =
    "SELECT number, first_seq, last_seq, first_time, last_time, first_event_time, last_event_time,"
    " counted, generation, bytes FROM segments WHERE number >= ?1 ORDER BY number";
constexpr char kCounts[] = "SELECT segment, action, outcome, events FROM segment_counts";
constexpr char kPut[] =
    "INSERT OR REPLACE INTO segments (number, first_seq, last_seq, first_time, last_time,"
    " first_event_time, last_event_time, counted, generation, bytes)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
constexpr char kDropBelow[] = "DELETE FROM segments WHERE number < ?1";
constexpr char kDropCountsBelow[] = "DELETE FROM segment_counts WHERE segment < ?1";
constexpr char kDropCounts[] = "DELETE FROM segment_counts WHERE segment = ?1";
constexpr char kPutCount[] =
    "INSERT INTO segment_counts (segment, action, outcome, events) VALUES (?1, ?2, ?3, ?4)";

int64_t Signed(uint64_t value) { return static_cast<int64_t>(value); }
uint64_t Unsigned(int64_t value) { return static_cast<uint64_t>(value); }

Zone ZoneIn(const Statement& select) {
  Zone zone;
  zone.number = Unsigned(select.Integer(0));
  zone.first_seq = Seq(Unsigned(select.Integer(1)));
  zone.last_seq = Seq(Unsigned(select.Integer(2)));
  zone.first_time = select.Integer(3);
  zone.last_time = select.Integer(4);
  zone.first_event_time = select.Integer(5);
  zone.last_event_time = select.Integer(6);
  if (select.Integer(7) != 0) zone.counts.emplace();
  zone.generation = Unsigned(select.Integer(8));
  zone.bytes = Unsigned(select.Integer(9));
  return zone;
}

// The daemon has no DDL of its own: the migrator left the statements.
absl::Status MakeAnew(const StoreLayout& layout) {
  const std::string unfinished = layout.CatalogDb() + ".new";
  DAYBOOK_RETURN_IF_ERROR(db::sqlite::RemoveDatabase(unfinished));
  {
    DAYBOOK_ASSIGN_OR_RETURN(Connection ledger,
                             Connection::Open(layout.LedgerDb(), OpenMode::kReadOnly));
    DAYBOOK_ASSIGN_OR_RETURN(Statement select, ledger.PrepareKnown(kSchema));
    DAYBOOK_ASSIGN_OR_RETURN(Connection catalog, Connection::Open(unfinished, OpenMode::kCreate));
    while (true) {
      DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
      if (!has_row) break;
      DAYBOOK_RETURN_IF_ERROR(catalog.Execute(select.Text(0)));
    }
  }
  return db::sqlite::MoveDurably(unfinished, layout.CatalogDb());
}

}  // namespace

absl::StatusOr<Catalog::Opened> Catalog::Open(const StoreLayout& layout, uint64_t first) {
  absl::StatusOr<Opened> opened = OpenAndRead(layout, first);
  const absl::Status status = opened.status();
  if (!absl::IsNotFound(status) && !absl::IsDataLoss(status)) return opened;
  DAYBOOK_RETURN_IF_ERROR(MakeAnew(layout));
  return OpenAndRead(layout, first);
}

absl::StatusOr<Catalog::Opened> Catalog::OpenAndRead(const StoreLayout& layout, uint64_t first) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection connection,
                           Connection::Open(layout.CatalogDb(), OpenMode::kReadWrite));
  Catalog catalog(std::move(connection));
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<Zone> zones, catalog.Read(first));
  return Opened{.catalog = std::move(catalog), .zones = std::move(zones)};
}

absl::StatusOr<std::vector<Zone>> Catalog::Read(uint64_t first) {
  std::vector<Zone> zones;
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.PrepareKnown(kSegments));
  select.BindInteger(1, Signed(first));
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row || Unsigned(select.Integer(0)) != first + zones.size()) break;
    zones.push_back(ZoneIn(select));
  }
  DAYBOOK_RETURN_IF_ERROR(ReadCounts(zones));
  return zones;
}

absl::Status Catalog::ReadCounts(std::vector<Zone>& zones) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.PrepareKnown(kCounts));
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return absl::OkStatus();
    const uint64_t segment = Unsigned(select.Integer(0));
    if (zones.empty() || segment < zones.front().number || segment > zones.back().number) continue;
    std::optional<ActionCounts>& counts = zones[segment - zones.front().number].counts;
    if (!counts) continue;
    counts->Add(select.Text(1), static_cast<int>(select.Integer(2)), Unsigned(select.Integer(3)));
  }
}

absl::Status Catalog::Drop(uint64_t end) {
  return connection_.InTransaction([&]() -> absl::Status {
    for (const char* const sql : {kDropCountsBelow, kDropBelow}) {
      DAYBOOK_ASSIGN_OR_RETURN(Statement drop, connection_.Prepare(sql));
      drop.BindInteger(1, Signed(end));
      DAYBOOK_RETURN_IF_ERROR(drop.Run());
    }
    return absl::OkStatus();
  });
}

absl::Status Catalog::Put(const Zone& zone) {
  return connection_.InTransaction([&]() -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(Statement put, connection_.Prepare(kPut));
    const bool counted = zone.counts && zone.counts->kinds() != nullptr;
    int parameter = 0;
    for (const int64_t value :
         {Signed(zone.number), Signed(zone.first_seq.value()), Signed(zone.last_seq.value()),
          zone.first_time, zone.last_time, zone.first_event_time, zone.last_event_time,
          int64_t{counted ? 1 : 0}, Signed(zone.generation), Signed(zone.bytes)}) {
      put.BindInteger(++parameter, value);
    }
    DAYBOOK_RETURN_IF_ERROR(put.Run());
    DAYBOOK_ASSIGN_OR_RETURN(Statement drop, connection_.Prepare(kDropCounts));
    drop.BindInteger(1, Signed(zone.number));
    DAYBOOK_RETURN_IF_ERROR(drop.Run());
    return counted ? PutCounts(zone) : absl::OkStatus();
  });
}

absl::Status Catalog::PutCounts(const Zone& zone) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement put, connection_.Prepare(kPutCount));
  for (const auto& [kind, events] : *zone.counts->kinds()) {
    put.BindInteger(1, Signed(zone.number));
    put.BindText(2, kind.first);
    put.BindInteger(3, kind.second);
    put.BindInteger(4, Signed(events));
    DAYBOOK_RETURN_IF_ERROR(put.Run());
  }
  return absl::OkStatus();
}

}  // namespace daybook::storage::sqlite
