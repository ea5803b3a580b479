#include "migrator/sqlite/mend.h"

#include <utility>

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
  return Failure(ExitCode::kData,
                 absl::StrCat(rows, rows == 1 ? " row of " : " rows of ", mend.table,
                              rows == 1 ? " breaks " : " break ", mend.constraint,
                              ", and the migration does not say what to do with them"),
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
  for (size_t i = 1; i < doomed.tables().size(); ++i) {
    children.push_back(absl::StrCat(doomed.tables()[i].rows, " of ", doomed.tables()[i].name));
  }
  return Failure(ExitCode::kData,
                 absl::StrCat("rows of ", mend.table, " that break ", mend.constraint,
                              " are referenced by rows that would lose their parent: ",
                              absl::StrJoin(children, ", ")),
                 "mend the rows, or say quarantine { with_referencing_rows: true }");
}

// What the column becomes, as SQL over the row.
std::string NewValue(const Mend& mend) {
  switch (mend.policy.policy_case()) {
    case OnViolation::kTruncate:
      return absl::StrCat("substr(", QuoteName(mend.column), ", 1, ", mend.max_chars, ")");
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
  std::string table;
  std::string condition;
};

// Keeps the rows of a selection as they are; returns how many.
absl::StatusOr<int64_t> KeepRemoved(Connection& database, const Selection& selection,
                                    const RunIdentity& run, Conservation& books) {
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(database, selection.table));
  DAYBOOK_ASSIGN_OR_RETURN(RowKeeper keeper, RowKeeper::Open(database, run));
  DAYBOOK_ASSIGN_OR_RETURN(
      Statement select,
      database.Prepare(absl::StrCat("SELECT ", RowList(shape), " FROM ", QuoteName(selection.table),
                                    " WHERE ", selection.condition)));
  int64_t rows = 0;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return rows;
    KeptRow kept{.step = selection.mend.step,
                 .table = selection.table,
                 .constraint = selection.mend.constraint,
                 .policy = PolicyName(selection.mend.policy),
                 .original = ReadRow(select, shape)};
    DAYBOOK_RETURN_IF_ERROR(keeper.Keep(kept));
    books.RowWent(selection.table, kept.original);
    ++rows;
  }
}

absl::Status Remove(Connection& database, const Selection& selection, const RunIdentity& run,
                    Conservation& books) {
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t kept, KeepRemoved(database, selection, run, books));
  const int64_t before = database.TotalChanges();
  DAYBOOK_RETURN_IF_ERROR(database.Execute(
      absl::StrCat("DELETE FROM ", QuoteName(selection.table), " WHERE ", selection.condition)));
  const int64_t removed = database.TotalChanges() - before;
  return removed == kept ? absl::OkStatus() : CountMismatchError(selection.table, kept, removed);
}

absl::StatusOr<bool> IsReferenced(Connection& database, const std::string& table) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<ForeignKey> keys, ForeignKeys(database));
  for (const ForeignKey& key : keys) {
    if (SameName(key.parent, table)) return true;
  }
  return false;
}

absl::Status Quarantine(Connection& database, const Mend& mend, const RunIdentity& run,
                        Conservation& books) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool is_referenced, IsReferenced(database, mend.table));
  if (!is_referenced) {
    return Remove(database, {.mend = mend, .table = mend.table, .condition = mend.violation}, run,
                  books);
  }
  DAYBOOK_ASSIGN_OR_RETURN(const DoomedRows doomed,
                           DoomedRows::Find(database, mend.table, mend.violation));
  if (doomed.tables().size() > 1 && !mend.policy.quarantine().with_referencing_rows()) {
    return ReferencedError(mend, doomed);
  }
  for (const DoomedRows::Table& table : doomed.tables()) {
    DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(database, table.name));
    DAYBOOK_RETURN_IF_ERROR(Remove(database,
                                   {.mend = mend,
                                    .table = table.name,
                                    .condition = DoomedRows::Condition(table.name, shape.rowid)},
                                   run, books));
  }
  return DoomedRows::Clear(database);
}

void SetCell(const std::string& column, const Cell& value, Row& row) {
  for (Cell& cell : *row.mutable_cell()) {
    if (!SameName(cell.column(), column)) continue;
    cell = value;
    cell.set_column(column);
  }
}

// Keeps rows with what will replace them; returns how many.
absl::StatusOr<int64_t> KeepReplaced(Connection& database, const Mend& mend, const RunIdentity& run,
                                     Conservation& books) {
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(database, mend.table));
  TableShape with_new = shape;
  with_new.columns.push_back(mend.column);
  DAYBOOK_ASSIGN_OR_RETURN(RowKeeper keeper, RowKeeper::Open(database, run));
  DAYBOOK_ASSIGN_OR_RETURN(
      Statement select,
      database.Prepare(absl::StrCat("SELECT ", RowList(shape), ", ", NewValue(mend), " FROM ",
                                    QuoteName(mend.table), " WHERE ", mend.violation)));
  int64_t rows = 0;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return rows;
    const Row both = ReadRow(select, with_new);
    KeptRow kept{.step = mend.step,
                 .table = mend.table,
                 .constraint = mend.constraint,
                 .policy = PolicyName(mend.policy),
                 .original = both};
    kept.original.mutable_cell()->RemoveLast();
    kept.replacement = kept.original;
    SetCell(mend.column, *both.cell().rbegin(), *kept.replacement);
    DAYBOOK_RETURN_IF_ERROR(keeper.Keep(kept));
    books.RowWent(mend.table, kept.original);
    books.RowCame(mend.table, *kept.replacement);
    ++rows;
  }
}

absl::Status Replace(Connection& database, const Mend& mend, const RunIdentity& run,
                     Conservation& books) {
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t kept, KeepReplaced(database, mend, run, books));
  const int64_t before = database.TotalChanges();
  DAYBOOK_RETURN_IF_ERROR(database.Execute(
      absl::StrCat("UPDATE ", QuoteName(mend.table), " SET ", QuoteName(mend.column), " = ",
                   NewValue(mend), " WHERE ", mend.violation)));
  const int64_t changed = database.TotalChanges() - before;
  return changed == kept ? absl::OkStatus() : CountMismatchError(mend.table, kept, changed);
}

}  // namespace

absl::StatusOr<int64_t> CountViolations(Connection& database, const Mend& mend) {
  return database.QueryInteger(absl::StrCat("SELECT count(*) FROM ", QuoteName(mend.table),
                                            " NOT INDEXED WHERE ", mend.violation));
}

absl::StatusOr<int64_t> MendRows(Connection& database, const Mend& mend, const RunIdentity& run,
                                 Conservation& books) {
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t rows, CountViolations(database, mend));
  if (rows == 0) return 0;
  switch (mend.policy.policy_case()) {
    case OnViolation::kFail:
    case OnViolation::POLICY_NOT_SET:
      return ViolatedError(mend, rows);
    case OnViolation::kQuarantine:
      DAYBOOK_RETURN_IF_ERROR(Quarantine(database, mend, run, books));
      break;
    case OnViolation::kTruncate:
    case OnViolation::kClamp:
    case OnViolation::kSetNull:
      DAYBOOK_RETURN_IF_ERROR(Replace(database, mend, run, books));
      break;
  }
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t left, CountViolations(database, mend));
  if (left > 0) return StillViolatedError(mend, left);
  return rows;
}

}  // namespace daybook::migrator::sqlite
