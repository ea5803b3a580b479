#include "migrator/sqlite/records.h"

#include <array>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "migrator/migration/failure.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;

constexpr std::array kTables = {
    "CREATE TABLE IF NOT EXISTS mig_meta (\n"
    "  name TEXT PRIMARY KEY,\n"
    "  value TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS mig_history (\n"
    "  version INTEGER PRIMARY KEY,\n"
    "  name TEXT NOT NULL,\n"
    "  checksum TEXT NOT NULL,\n"
    "  suits_from INTEGER NOT NULL,\n"
    "  suits_to INTEGER NOT NULL,\n"
    "  applied_at TEXT NOT NULL,\n"
    "  duration_us INTEGER NOT NULL,\n"
    "  applied_by TEXT NOT NULL,\n"
    "  run_id TEXT NOT NULL,\n"
    "  strategy TEXT NOT NULL,\n"
    "  schema_before TEXT NOT NULL,\n"
    "  schema_after TEXT NOT NULL,\n"
    "  backup_id TEXT NOT NULL,\n"
    "  content BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS mig_step (\n"
    "  version INTEGER NOT NULL,\n"
    "  step INTEGER NOT NULL,\n"
    "  record TEXT NOT NULL,\n"
    "  PRIMARY KEY (version, step))",
    "CREATE TABLE IF NOT EXISTS mig_event (\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  at TEXT NOT NULL,\n"
    "  run_id TEXT NOT NULL,\n"
    "  action TEXT NOT NULL,\n"
    "  details TEXT NOT NULL,\n"
    "  hash TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS mig_quarantine (\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  run_id TEXT NOT NULL,\n"
    "  version INTEGER NOT NULL,\n"
    "  step INTEGER NOT NULL,\n"
    "  table_name TEXT NOT NULL,\n"
    "  constraint_name TEXT NOT NULL,\n"
    "  policy TEXT NOT NULL,\n"
    "  original TEXT NOT NULL,\n"
    "  original_hash TEXT NOT NULL,\n"
    "  replacement TEXT,\n"
    "  state TEXT NOT NULL,\n"
    "  kept_at TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS mig_quarantine_step ON mig_quarantine (version, step, state)",
    "CREATE TABLE IF NOT EXISTS mig_archive (\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  run_id TEXT NOT NULL,\n"
    "  version INTEGER NOT NULL,\n"
    "  step INTEGER NOT NULL,\n"
    "  table_name TEXT NOT NULL,\n"
    "  column_name TEXT NOT NULL,\n"
    "  archive_table TEXT NOT NULL,\n"
    "  row_count INTEGER NOT NULL,\n"
    "  sequence INTEGER,\n"
    "  fingerprint TEXT NOT NULL,\n"
    "  state TEXT NOT NULL,\n"
    "  kept_at TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS mig_backup (\n"
    "  id TEXT PRIMARY KEY,\n"
    "  version INTEGER NOT NULL,\n"
    "  run_id TEXT NOT NULL,\n"
    "  manifest TEXT NOT NULL)",
};

constexpr char kHasRecords[] =
    "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'mig_history'";
constexpr char kInsertRow[] =
    "INSERT INTO mig_quarantine (run_id, version, step, table_name, constraint_name, policy,"
    " original, original_hash, replacement, state, kept_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'held', ?10)";
constexpr char kSelectRows[] =
    "SELECT id, step, table_name, constraint_name, policy, original, replacement, original_hash"
    " FROM mig_quarantine WHERE version = ?1 AND step = ?2 AND state = 'held' AND id < ?3"
    " ORDER BY id DESC LIMIT 1000";
constexpr char kCountRows[] = "SELECT state, count(*) FROM mig_quarantine GROUP BY state";
constexpr char kSelectLastRow[] = "SELECT coalesce(max(id), 0) FROM mig_quarantine";
constexpr char kSelectOriginals[] = "SELECT original FROM mig_quarantine WHERE id > ?1";
constexpr char kSetRowState[] = "UPDATE mig_quarantine SET state = ?2 WHERE id = ?1";
constexpr char kInsertTable[] =
    "INSERT INTO mig_archive (run_id, version, step, table_name, column_name, archive_table,"
    " row_count, fingerprint, state, kept_at, sequence)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'held', ?9, ?10)";
constexpr char kSelectTable[] =
    "SELECT id, archive_table, fingerprint, row_count, sequence FROM mig_archive WHERE version = ?1"
    " AND step = ?2 AND table_name = ?3 COLLATE NOCASE AND column_name = ?4 COLLATE NOCASE"
    " AND state = 'held' ORDER BY id DESC LIMIT 1";
constexpr char kSetTableState[] = "UPDATE mig_archive SET state = ?2 WHERE id = ?1";

std::string NowText(const RunIdentity& run) { return FormatTime(FloorToMicros(run.clock.Now())); }

absl::StatusOr<KeptRow> ReadKept(const Statement& select) {
  KeptRow kept{.id = select.Integer(0),
               .step = static_cast<int>(select.Integer(1)),
               .table = select.Text(2),
               .constraint = select.Text(3),
               .policy = select.Text(4)};
  DAYBOOK_RETURN_IF_ERROR(FromJson(select.Text(5), &kept.original));
  if (!select.IsNull(6)) {
    DAYBOOK_RETURN_IF_ERROR(FromJson(select.Text(6), &kept.replacement.emplace()));
  }
  if (HashOf(kept.original) != select.Text(7)) {
    return migration::Failure(migration::ExitCode::kHistoryMismatch,
                              absl::StrCat("row ", kept.id,
                                           " of mig_quarantine is not what was kept"
                                           ": it was changed since"),
                              "daybook-migrate backup list, then backup restore");
  }
  return kept;
}

// Read before they are visited: what a visit changes must not be under the
// cursor.
absl::StatusOr<std::vector<KeptRow>> NextKept(Connection& database, int version, int step,
                                              int64_t before) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.Prepare(kSelectRows));
  select.BindInteger(1, version);
  select.BindInteger(2, step);
  select.BindInteger(3, before);
  std::vector<KeptRow> rows;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return rows;
    DAYBOOK_ASSIGN_OR_RETURN(KeptRow kept, ReadKept(select));
    rows.push_back(std::move(kept));
  }
}

absl::Status SetState(Connection& database, const char* sql, int64_t id, const std::string& state) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement update, database.Prepare(sql));
  update.BindInteger(1, id);
  update.BindText(2, state);
  return update.Run();
}

}  // namespace

absl::Status CreateRecords(Connection& database) {
  for (const char* const sql : kTables) DAYBOOK_RETURN_IF_ERROR(database.Execute(sql));
  return absl::OkStatus();
}

absl::StatusOr<bool> HasRecords(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t found, database.QueryInteger(kHasRecords));
  return found > 0;
}

absl::StatusOr<std::map<std::string, int64_t>> CountKeptRows(Connection& database) {
  std::map<std::string, int64_t> rows;
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_records, HasRecords(database));
  if (!has_records) return rows;
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.Prepare(kCountRows));
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return rows;
    rows[select.Text(0)] = select.Integer(1);
  }
}

absl::StatusOr<RowKeeper> RowKeeper::Open(Connection& database, const RunIdentity& run) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement insert, database.Prepare(kInsertRow));
  return RowKeeper(std::move(insert), run);
}

absl::Status RowKeeper::Keep(const KeptRow& row) {
  const std::string original = ToJson(row.original);
  const std::string hash = HashOf(row.original);
  const std::string replacement = row.replacement ? ToJson(*row.replacement) : "";
  const std::string now = NowText(run_);
  insert_.BindText(1, run_.run_id);
  insert_.BindInteger(2, run_.version);
  insert_.BindInteger(3, row.step);
  insert_.BindText(4, row.table);
  insert_.BindText(5, row.constraint);
  insert_.BindText(6, row.policy);
  insert_.BindText(7, original);
  insert_.BindText(8, hash);
  if (row.replacement) {
    insert_.BindText(9, replacement);
  } else {
    insert_.BindNull(9);
  }
  insert_.BindText(10, now);
  return insert_.Run();
}

absl::Status ForEachKeptRow(Connection& database, int version, int step,
                            absl::FunctionRef<absl::Status(const KeptRow&)> visit) {
  int64_t before = std::numeric_limits<int64_t>::max();
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<KeptRow> rows,
                             NextKept(database, version, step, before));
    if (rows.empty()) return absl::OkStatus();
    for (const KeptRow& row : rows) DAYBOOK_RETURN_IF_ERROR(visit(row));
    before = rows.back().id;
  }
}

absl::StatusOr<int64_t> LastKeptRow(Connection& database) {
  return database.QueryInteger(kSelectLastRow);
}

absl::StatusOr<Fingerprint> FingerprintOfKeptRows(Connection& database, int64_t id) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.Prepare(kSelectOriginals));
  select.BindInteger(1, id);
  Fingerprint fingerprint;
  RowBytes bytes;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return fingerprint;
    Row row;
    DAYBOOK_RETURN_IF_ERROR(FromJson(select.Text(0), &row));
    AppendRow(row, ColumnsOf(row), bytes);
    fingerprint.Add(bytes.bytes());
  }
}

absl::Status SetRowState(Connection& database, int64_t id, const std::string& state) {
  return SetState(database, kSetRowState, id, state);
}

absl::Status SetTableState(Connection& database, int64_t id, const std::string& state) {
  return SetState(database, kSetTableState, id, state);
}

absl::Status KeepTable(Connection& database, const RunIdentity& run, const KeptTable& kept) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement insert, database.Prepare(kInsertTable));
  const std::string now = NowText(run);
  insert.BindText(1, run.run_id);
  insert.BindInteger(2, run.version);
  insert.BindInteger(3, kept.step);
  insert.BindText(4, kept.table);
  insert.BindText(5, kept.column);
  insert.BindText(6, kept.archive);
  insert.BindInteger(7, static_cast<int64_t>(kept.rows));
  insert.BindText(8, kept.fingerprint);
  insert.BindText(9, now);
  if (kept.sequence) {
    insert.BindInteger(10, *kept.sequence);
  } else {
    insert.BindNull(10);
  }
  return insert.Run();
}

absl::StatusOr<std::optional<KeptTable>> FindKeptTable(Connection& database, int version, int step,
                                                       const std::string& table,
                                                       const std::string& column) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.Prepare(kSelectTable));
  select.BindInteger(1, version);
  select.BindInteger(2, step);
  select.BindText(3, table);
  select.BindText(4, column);
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
  if (!has_row) return std::nullopt;
  return KeptTable{.id = select.Integer(0),
                   .step = step,
                   .table = table,
                   .column = column,
                   .archive = select.Text(1),
                   .fingerprint = select.Text(2),
                   .rows = static_cast<uint64_t>(select.Integer(3)),
                   .sequence = select.IsNull(4) ? std::nullopt : std::optional(select.Integer(4))};
}

}  // namespace daybook::migrator::sqlite
