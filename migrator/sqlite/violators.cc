#include "migrator/sqlite/violators.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/sqlite/table_shape.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::db::sqlite::ValueType;
using ::daybook::sqltext::QuoteName;

constexpr int kMaxKeys = 10;

// The names of what Identity() lists.
std::vector<std::string> KeyNames(const TableShape& shape) {
  if (shape.rowid.empty()) return shape.key;
  if (!shape.rowid_is_column) return {"rowid"};
  for (const std::string& column : shape.columns) {
    if (QuoteName(column) == shape.rowid) return {column};
  }
  return {"rowid"};
}

std::string DescribeKey(const Statement& select, const std::vector<std::string>& names) {
  std::vector<std::string> parts;
  for (size_t i = 0; i < names.size(); ++i) {
    const int column = static_cast<int>(i);
    const bool is_integer = select.Type(column) == ValueType::kInteger;
    parts.push_back(absl::StrCat(names[i], " ",
                                 is_integer ? absl::StrCat(select.Integer(column)) : "(redacted)"));
  }
  return absl::StrJoin(parts, " ");
}

}  // namespace

absl::StatusOr<std::string> DescribeViolators(Connection& database, const Mend& mend) {
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(database, mend.table));
  const std::vector<std::string> names = KeyNames(shape);
  if (names.empty()) return std::string();
  DAYBOOK_ASSIGN_OR_RETURN(
      Statement select,
      database.Prepare(absl::StrCat("SELECT ", absl::StrJoin(shape.Identity(), ", "), " FROM ",
                                    QuoteName(mend.table), " NOT INDEXED WHERE ", mend.violation,
                                    " LIMIT ", kMaxKeys + 1)));
  std::vector<std::string> keys;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return absl::StrJoin(keys, ", ");
    if (keys.size() == kMaxKeys) return absl::StrCat(absl::StrJoin(keys, ", "), " …");
    keys.push_back(DescribeKey(select, names));
  }
}

}  // namespace daybook::migrator::sqlite
