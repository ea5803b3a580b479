#include "verify/catalog_zones.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "db/sqlite/statement.h"
#include "verify/open.h"

namespace daybook::verify {
namespace {

using ::daybook::db::sqlite::Cell;
using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::db::sqlite::ValueType;

constexpr char kCatalogFile[] = "catalog.db";
constexpr char kZoneRows[] =
    "SELECT number, first_seq, last_seq, first_time, last_time, first_event_time, last_event_time,"
    " counted FROM segments WHERE number >= ?1 OR number < 0 ORDER BY number";
constexpr char kCountRows[] =
    "SELECT segment, action, outcome, events FROM segment_counts"
    " WHERE segment >= ?1 OR segment < 0";

using Zones = std::map<uint64_t, CatalogZone>;

bool AreIntegers(const std::vector<Cell>& row) {
  return std::all_of(row.begin(), row.end(),
                     [](const Cell& cell) { return cell.type == ValueType::kInteger; });
}

absl::Status ReadZones(Connection& catalog, uint64_t first, Zones& zones, Findings& findings) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, catalog.PrepareKnown(kZoneRows));
  select.BindInteger(1, static_cast<int64_t>(first));
  std::vector<Cell> row(8);
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return absl::OkStatus();
    select.Read(row);
    const auto number = static_cast<uint64_t>(row[0].integer);
    if (number != first + zones.size() || !AreIntegers(row)) {
      findings.Add(Fault::kCatalogMismatch, absl::StrCat(kCatalogFile, ": segment ", number));
      return absl::OkStatus();
    }
    zones[number] = {.first_seq = static_cast<uint64_t>(row[1].integer),
                     .last_seq = static_cast<uint64_t>(row[2].integer),
                     .first_time = row[3].integer,
                     .last_time = row[4].integer,
                     .first_event_time = row[5].integer,
                     .last_event_time = row[6].integer,
                     .counted = row[7].integer != 0};
  }
}

absl::Status ReadCounts(Connection& catalog, uint64_t first, Zones& zones, Findings& findings) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, catalog.PrepareKnown(kCountRows));
  select.BindInteger(1, static_cast<int64_t>(first));
  std::vector<Cell> row(4);
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return absl::OkStatus();
    select.Read(row);
    const auto zone = zones.find(static_cast<uint64_t>(row[0].integer));
    const bool is_right = row[0].type == ValueType::kInteger && row[1].type == ValueType::kText &&
                          row[2].type == ValueType::kInteger && row[3].type == ValueType::kInteger;
    if (!is_right || zone == zones.end() || !zone->second.counted) {
      findings.Add(Fault::kCatalogMismatch,
                   absl::StrCat(kCatalogFile, ": counts of segment ", row[0].integer));
      continue;
    }
    storage::Count(zone->second.counts, row[1].bytes, row[2].integer,
                   static_cast<uint64_t>(row[3].integer));
  }
}

}  // namespace

absl::StatusOr<Zones> ReadCatalog(const db::sqlite::StoreLayout& layout, const StoreSchema& schema,
                                  uint64_t first, Findings& findings) {
  Zones zones;
  DAYBOOK_ASSIGN_OR_RETURN(const bool exists, db::sqlite::Exists(layout.CatalogDb()));
  if (!exists) return zones;
  DAYBOOK_ASSIGN_OR_RETURN(Connection catalog, OpenToRead(layout.CatalogDb()));
  DAYBOOK_ASSIGN_OR_RETURN(const FileSchema found, FileSchema::Of(catalog));
  const std::string difference = schema.catalog().FirstDifference(found);
  if (!difference.empty()) {
    findings.Add(Fault::kSchemaChanged, absl::StrCat(kCatalogFile, ": ", difference));
  }
  DAYBOOK_RETURN_IF_ERROR(ReadZones(catalog, first, zones, findings));
  DAYBOOK_RETURN_IF_ERROR(ReadCounts(catalog, first, zones, findings));
  return zones;
}

void CompareZones(uint64_t segment, uint64_t segment_events, const CatalogZone& catalog,
                  const RowZone& rows, Findings& findings) {
  const uint64_t first = segment * segment_events;
  const uint64_t last = first + segment_events - 1;
  const auto report = [&](absl::string_view what) {
    findings.Add({.fault = Fault::kCatalogMismatch,
                  .first_seq = first,
                  .last_seq = last,
                  .what = absl::StrCat(kCatalogFile, ": ", what, " of segment ", segment)});
  };
  if (catalog.first_seq != first || catalog.last_seq != last) report("seqs");
  if (catalog.first_time != rows.first_time || catalog.last_time != rows.last_time) {
    report("record times");
  }
  // A catalog that was made anew takes the record times of the ends in.
  const auto is_one_of = [](Micros time, Micros right, Micros wider) {
    return time == right || time == wider;
  };
  if (!is_one_of(catalog.first_event_time, rows.first_event_time,
                 std::min(rows.first_event_time, rows.first_time)) ||
      !is_one_of(catalog.last_event_time, rows.last_event_time,
                 std::max(rows.last_event_time, rows.last_time))) {
    report("event times");
  }
  if (catalog.counted && catalog.counts != rows.counts) report("counts");
}

}  // namespace daybook::verify
