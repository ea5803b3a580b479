#pragma once

#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/conservation.h"
#include "migrator/sqlite/records.h"
#include "migrator/sqlite/row.h"
#include "migrator/sqlite/table_shape.h"

namespace daybook::migrator::sqlite {

// Puts rows that a step took out of their tables, or changed, back as they were.
// Inside a transaction, with triggers and foreign keys off.
//
// Thread-compatible.
class RowReturner {
 public:
  // Both must outlive it.
  RowReturner(db::sqlite::Connection& database, Conservation& books)
      : database_(database), books_(books) {}

  // What became of a row: as it is in its table then, or what is in the way.
  struct Returned {
    std::optional<Row> row = {};
    std::string obstacle = {};
  };

  // Puts it back. That cannot be where its key is taken by another row or a
  // constraint refuses it, and not where the row that replaced it was changed
  // since, or is gone.
  absl::StatusOr<Returned> PutBack(const KeptRow& kept);

 private:
  // A table, and what its rows are read and written by.
  struct Table {
    TableShape shape;
    RowList list;
    db::sqlite::Statement find;
    db::sqlite::Statement remove;
    db::sqlite::Statement insert;
    std::optional<db::sqlite::Statement> insert_anywhere;  // at a new rowid
  };

  absl::StatusOr<Table> Open(const std::string& name, const Row& row);
  absl::StatusOr<Table*> TableOf(const KeptRow& kept);
  static absl::StatusOr<std::optional<Row>> Find(Table& table, const Row& row);
  static absl::Status Remove(Table& table, const Row& row);
  absl::StatusOr<Returned> Insert(Table& table, const Row& row);

  db::sqlite::Connection& database_;
  Conservation& books_;
  std::map<std::string, Table> tables_;
};

// Puts back the rows that `step` changed or set aside. Returns how many it left as
// they are, because somebody has changed them since.
absl::StatusOr<int64_t> PutRowsBack(db::sqlite::Connection& database, int step,
                                    const RunIdentity& run, Conservation& books);

}  // namespace daybook::migrator::sqlite
