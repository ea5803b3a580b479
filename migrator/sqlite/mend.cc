#include "migrator/sqlite/mend.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/migration/failure.h"
#include "migrator/sqlite/doomed_rows.h"
#include "migrator/sqlite/foreign_keys.h"
#include "migrator/sqlite/table_shape.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::migration::ExitCode;
using ::daybook::migration::Failure;
using ::daybook::migration::v1::Cell;
using ::daybook::migration::v1::OnViolation;
using ::daybook::sqltext::QuoteName;
using ::daybook::sqltext::SameName;

absl::Status ViolatedError(const Mend& mend, int64_t rows) {
  const std::string what = absl::StrCat(rows, rows == 1 ? " row of " : " rows of ", mend.table,
                                        rows == 1 ? " breaks " : " break ", mend.constraint);
  if (mend.is_old) {
    return Failure(ExitCode::kData, absl::StrCat(what, ", which the way back puts in force again"),
                   "mend the rows that were written since, then roll back again");
  }
  return Failure(ExitCode::kData,
                 absl::StrCat(what, ", and the migration does not say what to do with them"),
                 "daybook-migrate plan lists them; mend the rows, or give the step on_violation");
}

absl::Status StillViolatedError(const Mend& mend, int64_t rows) {
  return Failure(
      ExitCode::kData,
      absl::StrCat("after on_violation ", rows, rows == 1 ? " row of " : " rows of ", mend.table,
                   " still ", rows == 1 ? "breaks " : "break ", mend.constraint),
      "mend these rows, or give the step another on_violation");
}

absl::Status ReferencedError(const Mend& mend, const DoomedRows& doomed) {
  std::vector<std::string> children;
  for (const DoomedRows::Table& table : doomed.tables()) {
    const bool is_first = &table == &doomed.tables().front();
    const int64_t rows = is_first ? table.rows - doomed.asked_for() : table.rows;
    if (rows > 0) children.push_back(absl::StrCat(rows, " of ", table.shape.name));
  }
  return Failure(ExitCode::kData,
                 absl::StrCat("rows of ", mend.table, " that break ", mend.constraint,
                              " are referenced by rows that would lose their parent: ",
                              absl::StrJoin(children, ", ")),
                 "mend the rows, or say quarantine { with_referencing_rows: true }");
}

bool TakesOthersAlong(const DoomedRows& doomed) {
  int64_t rows = 0;
  for (const DoomedRows::Table& table : doomed.tables()) rows += table.rows;
  return rows > doomed.asked_for();
}

absl::Status NotReplacedError(const Mend& mend, const std::string& refusal) {
  return Failure(ExitCode::kData,
                 absl::StrCat("a row of ", mend.table, " that breaks ", mend.constraint,
                              " cannot get another value: ", refusal),
                 "mend these rows, or give the step another on_violation");
}

// What the column becomes, as SQL over the row.
std::string NewValue(const Mend& mend) {
  const std::string column = QuoteName(mend.column);
  switch (mend.policy.policy_case()) {
    case OnViolation::kTruncate:
      // substr() stops at a NUL, and would lose what is behind it.
      return absl::StrCat("CASE WHEN typeof(", column, ") = 'text' AND instr(CAST(", column,
                          " AS BLOB), x'00') = 0 THEN substr(", column, ", 1, ", mend.max_chars,
                          ") ELSE ", column, " END");
    case OnViolation::kClamp:
      return mend.clamp;
    default:
      return "NULL";
  }
}

std::string PolicyName(const OnViolation& policy) {
  switch (policy.policy_case()) {
    case OnViolation::kQuarantine:
      return "quarantine";
    case OnViolation::kTruncate:
      return "truncate";
    case OnViolation::kClamp:
      return "clamp";
    case OnViolation::kSetNull:
      return "set_null";
    case OnViolation::kFail:
    case OnViolation::POLICY_NOT_SET:
      return "fail";
  }
  return "fail";
}

absl::Status CountMismatchError(const std::string& table, int64_t kept, int64_t written) {
  return absl::InternalError(absl::StrCat("of ", table, " ", kept, " rows were kept and ", written,
                                          " written; nothing is changed"));
}

struct Selection {
  const Mend& mend;
  const TableShape& shape;
  std::string condition;
};

KeptRow Keeping(const Mend& mend, const std::string& table, Row original) {
  return {.step = mend.step,
          .table = table,
          .constraint = mend.constraint,
          .policy = PolicyName(mend.policy),
          .original = std::move(original)};
}

// Keeps the rows of a selection as they are; returns how many.
absl::StatusOr<int64_t> KeepRemoved(Connection& database, const Selection& selection,
                                    const RunIdentity& run, Conservation& books) {
  const TableShape& shape = selection.shape;
  const RowList list = ListRow(shape, shape.columns);
  DAYBOOK_ASSIGN_OR_RETURN(RowKeeper keeper, RowKeeper::Open(database, run));
  DAYBOOK_ASSIGN_OR_RETURN(
      Statement select,
      database.Prepare(absl::StrCat("SELECT ", list.sql, " FROM ", QuoteName(shape.name), " WHERE ",
                                    selection.condition)));
  int64_t rows = 0;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return rows;
    const KeptRow kept = Keeping(selection.mend, shape.name, ReadRow(select, shape, list));
    DAYBOOK_RETURN_IF_ERROR(keeper.Keep(kept));
    books.RowKept(kept.original);
    books.RowWent(shape.name, kept.original);
    ++rows;
  }
}

absl::Status Remove(Connection& database, const Selection& selection, const RunIdentity& run,
                    Conservation& books) {
  const std::string& table = selection.shape.name;
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t kept, KeepRemoved(database, selection, run, books));
  const int64_t before = database.TotalChanges();
  DAYBOOK_RETURN_IF_ERROR(database.Execute(
      absl::StrCat("DELETE FROM ", QuoteName(table), " WHERE ", selection.condition)));
  const int64_t removed = database.TotalChanges() - before;
  return removed == kept ? absl::OkStatus() : CountMismatchError(table, kept, removed);
}

absl::Status Quarantine(Connection& database, const Mend& mend, const TableShape& shape,
                        const RunIdentity& run, Conservation& books) {
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<ForeignKey> keys, ForeignKeys(database));
  if (mend.key) keys.push_back(*mend.key);
  const bool is_referenced = std::any_of(keys.begin(), keys.end(), [&](const ForeignKey& key) {
    return SameName(key.parent, mend.table);
  });
  if (!is_referenced) {
    return Remove(database, {.mend = mend, .shape = shape, .condition = mend.violation}, run,
                  books);
  }
  DAYBOOK_ASSIGN_OR_RETURN(DoomedRows doomed,
                           DoomedRows::Find(database, mend.table, mend.violation, keys));
  if (TakesOthersAlong(doomed) && !mend.policy.quarantine().with_referencing_rows()) {
    return ReferencedError(mend, doomed);
  }
  for (const DoomedRows::Table& table : doomed.tables()) {
    DAYBOOK_RETURN_IF_ERROR(Remove(
        database, {.mend = mend, .shape = table.shape, .condition = DoomedRows::Condition(table)},
        run, books));
  }
  return doomed.Clear(database);
}

// Gives rows of a table new values.
class Replacer {
 public:
  static absl::StatusOr<Replacer> Open(Connection& database, const Mend& mend,
                                       const TableShape& shape);

  // The row as it is in its table then.
  absl::StatusOr<Row> Replace(const Row& row);

 private:
  Replacer(Connection& database, const Mend& mend, const TableShape& shape, Statement update,
           Statement find)
      : database_(database),
        mend_(mend),
        shape_(shape),
        list_(ListRow(shape, shape.columns)),
        update_(std::move(update)),
        find_(std::move(find)) {}

  Connection& database_;
  const Mend& mend_;
  const TableShape& shape_;
  const RowList list_;
  Statement update_;
  Statement find_;
};

absl::StatusOr<Replacer> Replacer::Open(Connection& database, const Mend& mend,
                                        const TableShape& shape) {
  const std::string list = ListRow(shape, shape.columns).sql;
  const std::string table = QuoteName(mend.table);
  const std::string where = absl::StrCat(" WHERE ", WhereKey(shape));
  DAYBOOK_ASSIGN_OR_RETURN(
      Statement update,
      database.Prepare(absl::StrCat("UPDATE OR ABORT ", table, " SET ", QuoteName(mend.column),
                                    " = ", NewValue(mend), where, " RETURNING ", list)));
  DAYBOOK_ASSIGN_OR_RETURN(Statement find,
                           database.Prepare(absl::StrCat("SELECT ", list, " FROM ", table, where)));
  return Replacer(database, mend, shape, std::move(update), std::move(find));
}

// RETURNING tells where the row is now, and not all of what it is: 1 for a REAL
// that is stored as 1.0.
absl::StatusOr<Row> Replacer::Replace(const Row& row) {
  const std::vector<Cell> key = KeyOf(row, shape_);
  BindCells(key, update_);
  const absl::StatusOr<bool> has_row = update_.Step();
  if (!has_row.ok()) {
    const db::sqlite::Refusal refusal = database_.LastRefusal();
    if (refusal.by_constraint || refusal.by_type) return NotReplacedError(mend_, refusal.message);
    return has_row.status();
  }
  if (!*has_row) return CountMismatchError(mend_.table, 1, 0);
  const std::vector<Cell> now = KeyOf(ReadRow(update_, shape_, list_), shape_);
  DAYBOOK_RETURN_IF_ERROR(update_.Run());
  BindCells(now, find_);
  DAYBOOK_ASSIGN_OR_RETURN(const bool is_there, find_.Step());
  if (!is_there) return CountMismatchError(mend_.table, 1, 0);
  Row replaced = ReadRow(find_, shape_, list_);
  find_.Reset();
  return replaced;
}

// Keeps rows with what replaces them. Where a new value moves a row to a later
// place in its table, it is met again; it does not move further then.
absl::Status Replace(Connection& database, const Mend& mend, const TableShape& shape,
                     const RunIdentity& run, Conservation& books) {
  const RowList list = ListRow(shape, shape.columns);
  DAYBOOK_ASSIGN_OR_RETURN(RowKeeper keeper, RowKeeper::Open(database, run));
  DAYBOOK_ASSIGN_OR_RETURN(Replacer replacer, Replacer::Open(database, mend, shape));
  DAYBOOK_ASSIGN_OR_RETURN(
      Statement select,
      database.Prepare(absl::StrCat("SELECT ", list.sql, " FROM ", QuoteName(mend.table),
                                    " NOT INDEXED WHERE ", mend.violation)));
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return absl::OkStatus();
    KeptRow kept = Keeping(mend, mend.table, ReadRow(select, shape, list));
    DAYBOOK_ASSIGN_OR_RETURN(kept.replacement, replacer.Replace(kept.original));
    DAYBOOK_RETURN_IF_ERROR(keeper.Keep(kept));
    books.RowKept(kept.original);
    books.RowWent(mend.table, kept.original);
    books.RowCame(mend.table, *kept.replacement);
  }
}

}  // namespace

bool Decides(const OnViolation& policy) {
  return policy.policy_case() != OnViolation::POLICY_NOT_SET && !policy.has_fail();
}

absl::StatusOr<int64_t> CountViolations(Connection& database, const Mend& mend) {
  return database.QueryInteger(absl::StrCat("SELECT count(*) FROM ", QuoteName(mend.table),
                                            " NOT INDEXED WHERE ", mend.violation));
}

absl::StatusOr<std::vector<int64_t>> FirstViolations(Connection& database, const Mend& mend,
                                                     int limit) {
  std::vector<int64_t> rowids;
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(database, mend.table));
  if (shape.rowid.empty()) return rowids;
  DAYBOOK_ASSIGN_OR_RETURN(
      Statement select,
      database.Prepare(absl::StrCat("SELECT ", shape.rowid, " FROM ", QuoteName(mend.table),
                                    " NOT INDEXED WHERE ", mend.violation, " LIMIT ", limit)));
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return rowids;
    rowids.push_back(select.Integer(0));
  }
}

absl::StatusOr<int64_t> MendRows(Connection& database, const Mend& mend, const RunIdentity& run,
                                 Conservation& books) {
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t rows, CountViolations(database, mend));
  if (rows == 0) return 0;
  if (!Decides(mend.policy)) return ViolatedError(mend, rows);
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(database, mend.table));
  DAYBOOK_RETURN_IF_ERROR(CheckRowsToldApart(database, shape));
  switch (mend.policy.policy_case()) {
    case OnViolation::kFail:
    case OnViolation::POLICY_NOT_SET:
      break;
    case OnViolation::kQuarantine:
      DAYBOOK_RETURN_IF_ERROR(Quarantine(database, mend, shape, run, books));
      break;
    case OnViolation::kTruncate:
    case OnViolation::kClamp:
    case OnViolation::kSetNull:
      DAYBOOK_RETURN_IF_ERROR(Replace(database, mend, shape, run, books));
      break;
  }
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t left, CountViolations(database, mend));
  if (left > 0) return StillViolatedError(mend, left);
  return rows;
}

}  // namespace daybook::migrator::sqlite
