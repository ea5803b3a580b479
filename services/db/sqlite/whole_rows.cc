#include "db/sqlite/whole_rows.h"

#include <sqlite3.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "core/status_macros.h"

namespace daybook::db::sqlite {
namespace {

constexpr char kFunction[] = "daybook_whole_row";
constexpr char kPointerType[] = "daybook::WholeRows";
constexpr int kRowParameter = 9;  // behind those of the statement

}  // namespace

WholeRows::WholeRows(Statement select, std::unique_ptr<Row> row)
    : row_(std::move(row)), select_(std::move(select)) {}

absl::StatusOr<WholeRows> WholeRows::Select(Connection& connection, const std::string& columns,
                                            const std::string& from) {
  DAYBOOK_ASSIGN_OR_RETURN(
      Statement select, connection.PrepareKnown(absl::StrCat(
                            "SELECT ", kFunction, "(?", kRowParameter, ", ", columns, ") ", from)));
  auto row = std::make_unique<Row>();
  select.BindPointer(kRowParameter, row.get(), kPointerType);
  return WholeRows(std::move(select), std::move(row));
}

absl::StatusOr<bool> WholeRows::Step() {
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select_.Step());
  if (has_row && select_.HasSorted()) {
    return absl::InternalError("rows that are taken whole cannot be sorted");
  }
  return has_row;
}

// What SQLite hands over lives until the function returns.
void WholeRows::Row::Take(std::span<sqlite3_value* const> values) {
  cells.resize(values.size());
  size_t size = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    sqlite::Take(values[i], cells[i]);
    size += cells[i].bytes.size();
  }
  if (bytes.size() < size) bytes.resize(size);
  char* to = bytes.data();
  for (Cell& cell : cells) {
    if (cell.bytes.empty()) continue;
    const size_t copied = cell.bytes.copy(to, cell.bytes.size());
    cell.bytes = {to, copied};
    to += copied;
  }
}

int UseWholeRows(sqlite3* connection) {
  const auto take = [](sqlite3_context* context, int count, sqlite3_value** values) {
    auto* const row =
        count == 0 ? nullptr
                   : static_cast<WholeRows::Row*>(sqlite3_value_pointer(values[0], kPointerType));
    if (row == nullptr) return sqlite3_result_error(context, "it wants a row", -1);
    row->Take({values + 1, static_cast<size_t>(count) - 1});
  };
  return sqlite3_create_function_v2(connection, kFunction, -1, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                    nullptr, take, nullptr, nullptr, nullptr);
}

}  // namespace daybook::db::sqlite
