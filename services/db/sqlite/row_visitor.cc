#include "db/sqlite/row_visitor.h"

#include <sqlite3.h>

#include <cstddef>

namespace daybook::db::sqlite {
namespace {

constexpr char kVisitFunction[] = "daybook_visit";
constexpr char kVisitorType[] = "daybook::RowVisitor";

// Whom the rows of a statement are shown, kept by SQLite from the first of them to the last.
struct Shown {
  RowVisitor* visitor = nullptr;
};

// SQLite compares the name of the type whenever it is asked for the pointer: once is enough.
RowVisitor* VisitorOf(sqlite3_context* context, int count, sqlite3_value** values) {
  auto* const shown = static_cast<Shown*>(sqlite3_aggregate_context(context, sizeof(Shown)));
  if (shown == nullptr || count == 0) return nullptr;
  if (shown->visitor == nullptr) {
    shown->visitor = static_cast<RowVisitor*>(sqlite3_value_pointer(values[0], kVisitorType));
  }
  return shown->visitor;
}

}  // namespace

void RowVisitor::Show(std::span<sqlite3_value* const> values) {
  cells_.resize(values.size());
  for (size_t i = 0; i < values.size(); ++i) Take(values[i], cells_[i]);
  visit_(cells_);
}

void BindVisitor(Statement& statement, int parameter, RowVisitor& visitor) {
  statement.BindPointer(parameter, &visitor, kVisitorType);
}

int UseRowVisitors(sqlite3* connection) {
  const auto show = [](sqlite3_context* context, int count, sqlite3_value** values) {
    RowVisitor* const visitor = VisitorOf(context, count, values);
    if (visitor == nullptr) return sqlite3_result_error(context, "it wants a visitor", -1);
    visitor->Show({values + 1, static_cast<size_t>(count) - 1});
  };
  const auto end = [](sqlite3_context* context) { sqlite3_result_null(context); };
  return sqlite3_create_function_v2(connection, kVisitFunction, -1, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                    nullptr, nullptr, show, end, nullptr);
}

}  // namespace daybook::db::sqlite
