#include "storage/sqlite/filter_sql.h"

#include "absl/strings/str_cat.h"

namespace daybook::storage::sqlite {

std::string FilterSql(const query::Filter& filter, int first_parameter) {
  std::string sql;
  for (const query::Term& term : filter.terms()) {
    absl::StrAppend(&sql, " AND ", term.field->column, " = ?", first_parameter++);
  }
  return sql;
}

void BindFilter(const query::Filter& filter, int first_parameter,
                db::sqlite::Statement& statement) {
  for (const query::Term& term : filter.terms()) {
    if (const auto* text = std::get_if<std::string>(&term.value)) {
      statement.BindText(first_parameter, *text);
    } else {
      statement.BindInteger(first_parameter, std::get<int64_t>(term.value));
    }
    ++first_parameter;
  }
}

}  // namespace daybook::storage::sqlite
