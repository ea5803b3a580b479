#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/sqlite/mend.h"
#include "migrator/sqlite/table_shape.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::migration::v1::Cell;
using ::daybook::sqltext::QuoteName;

absl::StatusOr<std::optional<Row>> Present(Connection& database, const TableShape& shape,
                                           const Row& row) {
  DAYBOOK_ASSIGN_OR_RETURN(
      Statement select,
      database.Prepare(absl::StrCat("SELECT ", RowList(shape), " FROM ", QuoteName(shape.name),
                                    " WHERE ", WhereKey(shape))));
  const std::vector<Cell> key = KeyOf(row, shape);
  for (size_t i = 0; i < key.size(); ++i) BindCell(key[i], static_cast<int>(i) + 1, select);
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
  if (!has_row) return std::nullopt;
  return ReadRow(select, shape);
}

std::string Placeholders(size_t count) {
  std::vector<std::string> marks;
  for (size_t i = 1; i <= count; ++i) marks.push_back(absl::StrCat("?", i));
  return absl::StrJoin(marks, ", ");
}

// The columns of a row, with its rowid where no column shows it.
absl::Status InsertRow(Connection& database, const TableShape& shape, const Row& row) {
  const bool with_rowid = !shape.rowid.empty() && !shape.rowid_is_column;
  std::vector<std::string> names;
  if (with_rowid) names.push_back(shape.rowid);
  for (const Cell& cell : row.cell()) names.push_back(QuoteName(cell.column()));
  DAYBOOK_ASSIGN_OR_RETURN(
      Statement insert, database.Prepare(absl::StrCat("INSERT INTO ", QuoteName(shape.name), " (",
                                                      absl::StrJoin(names, ", "), ") VALUES (",
                                                      Placeholders(names.size()), ")")));
  int parameter = 0;
  if (with_rowid) insert.BindInteger(++parameter, row.rowid());
  for (const Cell& cell : row.cell()) BindCell(cell, ++parameter, insert);
  return insert.Run();
}

absl::Status DeleteRow(Connection& database, const TableShape& shape, const Row& row) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement remove,
                           database.Prepare(absl::StrCat("DELETE FROM ", QuoteName(shape.name),
                                                         " WHERE ", WhereKey(shape))));
  const std::vector<Cell> key = KeyOf(row, shape);
  for (size_t i = 0; i < key.size(); ++i) BindCell(key[i], static_cast<int>(i) + 1, remove);
  return remove.Run();
}

// Whether the row was put back. It is not where its place is taken, or where the
// row that replaced it was changed since.
absl::StatusOr<bool> PutBackOne(Connection& database, const KeptRow& kept, Conservation& books) {
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(database, kept.table));
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<Row> present,
                           Present(database, shape, kept.original));
  const bool is_as_left = kept.replacement
                              ? present && HashOf(*present) == HashOf(*kept.replacement)
                              : !present.has_value();
  if (!is_as_left) return false;
  if (present) DAYBOOK_RETURN_IF_ERROR(DeleteRow(database, shape, *present));
  const absl::Status inserted = InsertRow(database, shape, kept.original);
  if (absl::IsAlreadyExists(inserted) && !present) return false;
  DAYBOOK_RETURN_IF_ERROR(inserted);
  if (present) books.RowWent(kept.table, *present);
  books.RowCame(kept.table, kept.original);
  return true;
}

}  // namespace

absl::StatusOr<int64_t> PutRowsBack(Connection& database, int step, const RunIdentity& run,
                                    Conservation& books) {
  int64_t conflicts = 0;
  const absl::Status visited =
      ForEachKeptRow(database, run.version, step, [&](const KeptRow& kept) -> absl::Status {
        DAYBOOK_ASSIGN_OR_RETURN(const bool is_back, PutBackOne(database, kept, books));
        if (!is_back) ++conflicts;
        return SetRowState(database, kept.id, is_back ? "replayed" : "conflict");
      });
  if (!visited.ok()) return visited;
  return conflicts;
}

}  // namespace daybook::migrator::sqlite
