#include "migrator/sqlite/quarantine.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/migration/failure.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::migration::v1::Cell;

constexpr char kSelectGroups[] =
    "SELECT version, step, table_name, constraint_name, policy, state, count(*), min(id), max(id)"
    " FROM mig_quarantine GROUP BY version, step, table_name, constraint_name, policy, state"
    " ORDER BY version, step, min(id)";
// Page by page: what a visit changes must not be under the cursor.
constexpr char kSelectPage[] =
    "SELECT id, step, table_name, constraint_name, policy, original, replacement,"
    " version, run_id, original_hash, state, kept_at FROM mig_quarantine"
    " WHERE (?1 IS NULL OR id = ?1) AND (?2 = '' OR constraint_name = ?2 COLLATE NOCASE)"
    " AND (?3 = '' OR table_name = ?3 COLLATE NOCASE) AND (?4 = 0 OR state <> 'purged')"
    " AND id < ?5 ORDER BY id DESC LIMIT 1000";
constexpr char kPurgeRow[] =
    "UPDATE mig_quarantine SET original = '{}', replacement = NULL, state = 'purged' WHERE id = ?1";
constexpr char kCountPurged[] =
    "SELECT count(*) FROM mig_quarantine WHERE state = 'purged' AND version = ?1"
    " AND (?2 = 0 OR step = ?2)"
    " AND run_id = (SELECT run_id FROM mig_history WHERE version = ?1)";

constexpr char kCountKept[] =
    "SELECT count(*) FROM mig_quarantine WHERE version = ?1 AND run_id = ?2";

absl::StatusOr<QuarantinedRow> ReadQuarantined(const Statement& select) {
  QuarantinedRow row{.kept = {.id = select.Integer(0),
                              .step = static_cast<int>(select.Integer(1)),
                              .table = select.Text(2),
                              .constraint = select.Text(3),
                              .policy = select.Text(4)},
                     .version = static_cast<int>(select.Integer(7)),
                     .run_id = select.Text(8),
                     .hash = select.Text(9),
                     .state = select.Text(10),
                     .kept_at = select.Text(11)};
  DAYBOOK_RETURN_IF_ERROR(FromJson(select.Text(5), &row.kept.original));
  if (!select.IsNull(6)) {
    DAYBOOK_RETURN_IF_ERROR(FromJson(select.Text(6), &row.kept.replacement.emplace()));
  }
  return row;
}

void BindPage(const QuarantineChoice& choice, int64_t before, Statement& select) {
  if (choice.id) {
    select.BindInteger(1, *choice.id);
  } else {
    select.BindNull(1);
  }
  select.BindText(2, choice.constraint);
  select.BindText(3, choice.table);
  select.BindInteger(4, choice.with_values ? 1 : 0);
  select.BindInteger(5, before);
}

absl::StatusOr<std::vector<QuarantinedRow>> ReadPage(Connection& database,
                                                     const QuarantineChoice& choice,
                                                     int64_t before) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.PrepareKnown(kSelectPage));
  BindPage(choice, before, select);
  std::vector<QuarantinedRow> page;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return page;
    DAYBOOK_ASSIGN_OR_RETURN(QuarantinedRow row, ReadQuarantined(select));
    page.push_back(std::move(row));
  }
}

bool IsNumber(double held, const std::string& value) {
  double asked = 0;
  return absl::SimpleAtod(value, &asked) && asked == held;
}

bool IsValue(const Cell& cell, const std::string& value) {
  switch (cell.value_case()) {
    case Cell::VALUE_NOT_SET:
      return false;
    case Cell::kInteger:
      return absl::StrCat(cell.integer()) == value;
    case Cell::kReal:
      return IsNumber(RealOf(cell), value);
    case Cell::kText:
      return cell.text() == value;
    case Cell::kRawText:
      return cell.raw_text() == value;
    case Cell::kBlob:
      return absl::BytesToHexString(cell.blob()) == value;
  }
  return false;
}

}  // namespace

absl::StatusOr<std::vector<QuarantineGroup>> GroupQuarantine(Connection& database) {
  std::vector<QuarantineGroup> groups;
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_records, HasRecords(database));
  if (!has_records) return groups;
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.PrepareKnown(kSelectGroups));
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return groups;
    groups.push_back({.version = static_cast<int>(select.Integer(0)),
                      .step = static_cast<int>(select.Integer(1)),
                      .table = select.Text(2),
                      .constraint = select.Text(3),
                      .policy = select.Text(4),
                      .state = select.Text(5),
                      .rows = select.Integer(6),
                      .first_id = select.Integer(7),
                      .last_id = select.Integer(8)});
  }
}

absl::Status ForEachQuarantined(Connection& database, const QuarantineChoice& choice,
                                absl::FunctionRef<absl::Status(const QuarantinedRow&)> visit) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_records, HasRecords(database));
  if (!has_records) return absl::OkStatus();
  int64_t before = std::numeric_limits<int64_t>::max();
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto page, ReadPage(database, choice, before));
    if (page.empty()) return absl::OkStatus();
    for (const QuarantinedRow& row : page) DAYBOOK_RETURN_IF_ERROR(visit(row));
    before = page.back().kept.id;
  }
}

absl::StatusOr<int64_t> PurgeRows(Connection& database, const QuarantineChoice& choice,
                                  const std::function<bool(const QuarantinedRow&)>& matches) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_records, HasRecords(database));
  if (!has_records) return 0;
  QuarantineChoice with_values = choice;
  with_values.with_values = true;
  DAYBOOK_ASSIGN_OR_RETURN(Statement purge, database.Prepare(kPurgeRow));
  int64_t purged = 0;
  const absl::Status visited =
      ForEachQuarantined(database, with_values, [&](const QuarantinedRow& row) -> absl::Status {
        if (!matches(row)) return absl::OkStatus();
        ++purged;
        purge.BindInteger(1, row.kept.id);
        return purge.Run();
      });
  if (!visited.ok()) return visited;
  return purged;
}

absl::StatusOr<int64_t> CountPurged(Connection& database, int version, int step) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement count, database.PrepareKnown(kCountPurged));
  count.BindInteger(1, version);
  count.BindInteger(2, step);
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, count.Step());
  return has_row ? count.Integer(0) : 0;
}

absl::StatusOr<int64_t> CountKept(Connection& database, int version, const std::string& run_id) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.Prepare(kCountKept));
  select.BindInteger(1, version);
  select.BindText(2, run_id);
  DAYBOOK_RETURN_IF_ERROR(select.Step().status());
  return select.Integer(0);
}

absl::StatusOr<int64_t> CountVanished(Connection& database, const Testimony& testimony,
                                      int version) {
  const auto told = testimony.kept_rows.find(version);
  if (told == testimony.kept_rows.end()) return 0;
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t there,
                           CountKept(database, version, testimony.applied.at(version).run_id));
  return told->second - there;
}

absl::Status CheckKeptRows(Connection& database, const AppliedMigration& applied) {
  DAYBOOK_ASSIGN_OR_RETURN(const Testimony testimony, ReadTestimony(database));
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t vanished,
                           CountVanished(database, testimony, applied.version));
  if (vanished == 0) return absl::OkStatus();
  return migration::Failure(
      migration::ExitCode::kHistoryMismatch,
      absl::StrCat("migration ", applied.version, " kept rows in mig_quarantine, and ", vanished,
                   " of them are gone"),
      "daybook-migrate backup list, then backup restore");
}

bool HasValue(const Row& row, const std::string& column, const std::string& value) {
  return std::any_of(row.cell().begin(), row.cell().end(), [&](const Cell& cell) {
    return sqltext::SameName(cell.column(), column) && IsValue(cell, value);
  });
}

}  // namespace daybook::migrator::sqlite
