#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/fingerprint.h"
#include "migrator/sqlite/table_shape.h"

namespace daybook::migrator::sqlite {

// The tables that archives consist of, and the SQL that fills and reads them.
// Their columns have no types, so that values stay as they are.

// All rows of a table: its columns, and in front of them the rowid where no
// column shows it.
//
// Immutable.
class RowArchive {
 public:
  // `table` is the shape of the table that is archived.
  RowArchive(const std::string& name, const TableShape& table);

  // Of the archive, whose rows are then read as those of the table are.
  const TableShape& shape() const { return shape_; }

  std::string CreateSql() const;
  std::string CopyInSql() const;
  std::string CopyOutSql() const;

 private:
  const TableShape table_;
  TableShape shape_;
};

// The values of one column: what they were in `was` and, for a column that was
// filled, what they became in `became`, by the key of their row.
//
// Immutable.
class ValueArchive {
 public:
  // A new one. FAILED_PRECONDITION where nothing tells the rows apart.
  static absl::StatusOr<ValueArchive> For(db::sqlite::Connection& database, const std::string& name,
                                          const TableShape& table);
  // One that was made before.
  static absl::StatusOr<ValueArchive> Open(db::sqlite::Connection& database,
                                           const std::string& name, const std::string& table);

  std::string CreateSql() const;
  // The values of `column` in the rows that meet `where`.
  std::string CopyInSql(const std::string& column, const std::string& where) const;
  // Writes down what they are now.
  std::string NoteFilledSql(const std::string& column) const;
  // How many of its rows are there still.
  std::string CountSql() const;
  // Puts back those that are still what they became.
  std::string RestoreSql(const std::string& column) const;
  // Over a row of the table: what the value was; `otherwise` where it has none.
  std::string ValueSql(const std::string& otherwise) const;

  absl::StatusOr<Fingerprint> FingerprintIn(db::sqlite::Connection& database) const;

 private:
  ValueArchive(std::string name, TableShape table, bool by_rowid);

  // SQL: true where a row of the archive is about one of the table.
  std::string SameRow() const;

  const std::string name_;
  const std::string table_;
  const bool by_rowid_;
  // What tells a row: in the archive, and in the table.
  std::vector<std::string> own_keys_;
  std::vector<std::string> table_keys_;
};

}  // namespace daybook::migrator::sqlite
