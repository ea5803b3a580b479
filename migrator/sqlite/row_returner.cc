#include "migrator/sqlite/row_returner.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::migration::v1::Cell;
using ::daybook::sqltext::FoldName;
using ::daybook::sqltext::QuoteName;

std::string InsertSql(const TableShape& shape, const RowList& list, const Row& row,
                      bool with_rowid) {
  std::vector<std::string> names;
  if (with_rowid) names.push_back(shape.rowid);
  for (const Cell& cell : row.cell()) names.push_back(QuoteName(cell.column()));
  std::vector<std::string> marks;
  for (size_t i = 1; i <= names.size(); ++i) marks.push_back(absl::StrCat("?", i));
  return absl::StrCat("INSERT OR ABORT INTO ", QuoteName(shape.name), " (",
                      absl::StrJoin(names, ", "), ") VALUES (", absl::StrJoin(marks, ", "),
                      ") RETURNING ", list.sql);
}

void BindRow(const Row& row, bool with_rowid, Statement& insert) {
  int parameter = 0;
  if (with_rowid) insert.BindInteger(++parameter, row.rowid());
  for (const Cell& cell : row.cell()) BindCell(cell, ++parameter, insert);
}

}  // namespace

absl::StatusOr<RowReturner::Table> RowReturner::Open(const std::string& name, const Row& row) {
  DAYBOOK_ASSIGN_OR_RETURN(TableShape shape, ReadTableShape(database_, name));
  RowList list = ListRow(shape, shape.columns);
  const std::string where = absl::StrCat(QuoteName(name), " WHERE ", WhereKey(shape));
  DAYBOOK_ASSIGN_OR_RETURN(Statement find,
                           database_.Prepare(absl::StrCat("SELECT ", list.sql, " FROM ", where)));
  DAYBOOK_ASSIGN_OR_RETURN(Statement remove,
                           database_.Prepare(absl::StrCat("DELETE FROM ", where)));
  const bool with_rowid = shape.has_hidden_rowid();
  DAYBOOK_ASSIGN_OR_RETURN(Statement insert,
                           database_.Prepare(InsertSql(shape, list, row, with_rowid)));
  std::optional<Statement> insert_anywhere;
  if (with_rowid) {
    DAYBOOK_ASSIGN_OR_RETURN(insert_anywhere,
                             database_.Prepare(InsertSql(shape, list, row, /*with_rowid=*/false)));
  }
  return Table{.shape = std::move(shape),
               .list = std::move(list),
               .find = std::move(find),
               .remove = std::move(remove),
               .insert = std::move(insert),
               .insert_anywhere = std::move(insert_anywhere)};
}

absl::StatusOr<RowReturner::Table*> RowReturner::TableOf(const KeptRow& kept) {
  const std::string name = FoldName(kept.table);
  const auto found = tables_.find(name);
  if (found != tables_.end()) return &found->second;
  DAYBOOK_ASSIGN_OR_RETURN(Table table, Open(kept.table, kept.original));
  return &tables_.emplace(name, std::move(table)).first->second;
}

absl::StatusOr<std::optional<Row>> RowReturner::Find(Table& table, const Row& row) {
  const std::vector<Cell> key = KeyOf(row, table.shape);
  BindCells(key, table.find);
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, table.find.Step());
  std::optional<Row> found;
  if (has_row) found = ReadRow(table.find, table.shape, table.list);
  table.find.Reset();
  return found;
}

absl::Status RowReturner::Remove(Table& table, const Row& row) {
  const std::vector<Cell> key = KeyOf(row, table.shape);
  BindCells(key, table.remove);
  return table.remove.Run();
}

// A rowid that no column shows means nothing: any other will do.
absl::StatusOr<RowReturner::Returned> RowReturner::Insert(Table& table, const Row& row) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<Row> in_place, Find(table, row));
  if (in_place && !table.insert_anywhere) {
    return Returned{.obstacle = "another row has its key"};
  }
  Statement& insert = in_place ? *table.insert_anywhere : table.insert;
  BindRow(row, !in_place && table.insert_anywhere.has_value(), insert);
  const absl::StatusOr<bool> inserted = insert.Step();
  if (!inserted.ok()) {
    const db::sqlite::Refusal refusal = database_.LastRefusal();
    insert.Reset();
    if (!refusal.by_constraint) return inserted.status();
    return Returned{.obstacle = refusal.message};
  }
  // It tells where the row is, and 1 for a REAL that is stored as 1.0.
  const Row told = ReadRow(insert, table.shape, table.list);
  DAYBOOK_RETURN_IF_ERROR(insert.Run());
  Returned returned;
  DAYBOOK_ASSIGN_OR_RETURN(returned.row, Find(table, told));
  return returned;
}

absl::StatusOr<RowReturner::Returned> RowReturner::PutBack(const KeptRow& kept) {
  DAYBOOK_ASSIGN_OR_RETURN(Table* const table, TableOf(kept));
  std::optional<Row> replacement;
  if (kept.replacement) {
    DAYBOOK_ASSIGN_OR_RETURN(replacement, Find(*table, *kept.replacement));
    if (!replacement || HashOf(*replacement) != HashOf(*kept.replacement)) {
      return Returned{.obstacle = "the row that replaced it was changed since, or is gone"};
    }
    DAYBOOK_RETURN_IF_ERROR(Remove(*table, *replacement));
  }
  DAYBOOK_ASSIGN_OR_RETURN(Returned returned, Insert(*table, kept.original));
  if (returned.row) {
    if (replacement) books_.RowWent(kept.table, *replacement);
    books_.RowCame(kept.table, *returned.row);
    return returned;
  }
  if (!replacement) return returned;
  DAYBOOK_ASSIGN_OR_RETURN(const Returned again, Insert(*table, *replacement));
  if (!again.row) return absl::InternalError("a row that was there could not be put back");
  return returned;
}

absl::StatusOr<int64_t> PutRowsBack(Connection& database, int step, const RunIdentity& run,
                                    Conservation& books) {
  RowReturner returner(database, books);
  int64_t conflicts = 0;
  const absl::Status visited =
      ForEachKeptRow(database, run.version, step, [&](const KeptRow& kept) -> absl::Status {
        DAYBOOK_ASSIGN_OR_RETURN(const RowReturner::Returned returned, returner.PutBack(kept));
        if (!returned.row) ++conflicts;
        return SetRowState(database, kept.id, returned.row ? "replayed" : "conflict");
      });
  if (!visited.ok()) return visited;
  return conflicts;
}

}  // namespace daybook::migrator::sqlite
