#pragma once

#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "db/sqlite/statement.h"

struct sqlite3;

namespace daybook::db::sqlite {

// Is shown each row of a SELECT within one step of its statement, which is faster than a step
// for each: SELECT daybook_visit(?1, first, second) FROM …, where ?1 is the visitor. SQLite
// chooses the order of the rows.
//
// Thread-compatible, together with its connection.
class RowVisitor {
 public:
  // `visit` is called within SQLite's code, and the cells last as long as the call.
  using Visit = std::function<void(std::span<const Cell> cells)>;
  explicit RowVisitor(Visit visit) : visit_(std::move(visit)) {}

 private:
  friend int UseRowVisitors(sqlite3* connection);
  void Show(std::span<sqlite3_value* const> values);

  const Visit visit_;
  std::vector<Cell> cells_;
};

// `visitor` must outlive the steps that follow.
void BindVisitor(Statement& statement, int parameter, RowVisitor& visitor);

// Gives the connection that function. Returns a code of SQLite's.
int UseRowVisitors(sqlite3* connection);

}  // namespace daybook::db::sqlite
