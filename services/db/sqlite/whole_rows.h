#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "db/sqlite/statement.h"

struct sqlite3;

namespace daybook::db::sqlite {

// The rows of a SELECT of which each value is looked at. A function of SQL is handed all
// values of a row at once; to ask a statement for one after another takes as long as to
// find them.
//
// Thread-compatible, together with its connection.
class WholeRows {
 public:
  // SELECT `columns` `from`, where `from` goes on from FROM and counts its parameters from 1.
  // It suits every file of its kind: where it does not, DATA_LOSS / STORE_DAMAGED.
  static absl::StatusOr<WholeRows> Select(Connection& connection, const std::string& columns,
                                          const std::string& from);

  void BindInteger(int parameter, int64_t value) { select_.BindInteger(parameter, value); }

  // Goes to the next row; false where there is none. INTERNAL where SQLite has to sort the
  // rows: it would hand all of them over before the first.
  absl::StatusOr<bool> Step();

  void Reset() { select_.Reset(); }

  // Of the row it stands on. They live until the next Step.
  std::span<const Cell> cells() const { return row_->cells; }

 private:
  friend int UseWholeRows(sqlite3* connection);
  struct Row {
    void Take(std::span<sqlite3_value* const> values);

    std::vector<Cell> cells;
    std::string bytes;  // that the cells show
  };

  WholeRows(Statement select, std::unique_ptr<Row> row);

  std::unique_ptr<Row> row_;  // at an address that SQLite is told
  Statement select_;
};

// Gives the connection the function that WholeRows needs. Returns a code of SQLite's.
int UseWholeRows(sqlite3* connection);

}  // namespace daybook::db::sqlite
