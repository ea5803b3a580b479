#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "db/sqlite/connection.h"

namespace daybook::migrator::sqlite {

// How to read and write the rows of a table: what it stores, and by what a row
// is known.
struct TableShape {
  std::string name;
  // What is stored, in order: without generated columns, which follow from it.
  std::vector<std::string> columns = {};
  // The columns of the primary key, in its order; empty where it has none.
  std::vector<std::string> key = {};
  // How SQL reaches the rowid: an INTEGER PRIMARY KEY, quoted, or the one of
  // SQLite's three names that no column has. Empty where there is none to reach.
  std::string rowid = {};
  // True where `rowid` is one of `columns`.
  bool rowid_is_column = false;

  bool Has(absl::string_view column) const;
  // True where there is a rowid that is none of `columns`.
  bool has_hidden_rowid() const { return !rowid.empty() && !rowid_is_column; }
  // SQL for what tells its rows apart: the rowid, or the columns of its key. Empty
  // where all three names of the rowid are taken and there is no key.
  std::vector<std::string> Identity() const;
};

// How a SELECT lists some columns of a table's rows, with their rowid.
struct RowList {
  std::string sql;
  int rowid = -1;  // where the rowid stands; -1 where there is none
  int first = 0;   // where the first of the columns stands
};
RowList ListRow(const TableShape& shape, const std::vector<std::string>& columns);

// Of the table `name`, which must exist.
absl::StatusOr<TableShape> ReadTableShape(db::sqlite::Connection& database,
                                          const std::string& name);

// Whether the primary key tells all rows apart: SQLite lets it be NULL in tables
// with a rowid, as often as one likes.
absl::StatusOr<bool> KeyTellsRows(db::sqlite::Connection& database, const TableShape& table);

// kRefused where neither a rowid nor the key tells the rows apart, so that what is
// kept of one could not be put back.
absl::Status CheckRowsToldApart(db::sqlite::Connection& database, const TableShape& table);

// The names of the tables whose rows a migration answers for, in the order of
// their names: all but virtual ones, whose shadow tables hold what they show,
// SQLite's own, and the migrator's.
absl::StatusOr<std::vector<std::string>> TableNames(db::sqlite::Connection& database);

// "a", "b", "c": quoted, in order.
std::string ColumnList(const std::vector<std::string>& columns);

}  // namespace daybook::migrator::sqlite
