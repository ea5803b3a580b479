#include "migrator/sqlite/row_progress.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {

absl::StatusOr<uint64_t> RoughRows(db::sqlite::Connection& database, const TableShape& shape) {
  if (shape.rowid.empty()) return 0;
  const std::string from = absl::StrCat(" FROM ", sqltext::QuoteName(shape.name), ")");
  // Apart from each other: SQLite finds either at an end of the table, and reads
  // all of it for both.
  const absl::StatusOr<int64_t> rows =
      database.QueryInteger(absl::StrCat("SELECT coalesce((SELECT max(", shape.rowid, ")", from,
                                         " - (SELECT min(", shape.rowid, ")", from, " + 1, 0)"));
  if (!rows.ok()) return rows.status();
  return static_cast<uint64_t>(std::max<int64_t>(*rows, 0));
}

absl::StatusOr<uint64_t> RoughRows(db::sqlite::Connection& database,
                                   const std::vector<TableShape>& shapes) {
  uint64_t all = 0;
  for (const TableShape& shape : shapes) {
    DAYBOOK_ASSIGN_OR_RETURN(const uint64_t rows, RoughRows(database, shape));
    all += rows;
  }
  return all;
}

}  // namespace daybook::migrator::sqlite
