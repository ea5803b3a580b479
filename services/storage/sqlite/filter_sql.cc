#include "storage/sqlite/filter_sql.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

#include "daybook/audit/v1/event.pb.h"
#include "schema/event_table.h"

namespace daybook::storage::sqlite {
namespace {

bool Fixes(const query::Filter& filter, const std::string& column) {
  return std::any_of(filter.terms().begin(), filter.terms().end(),
                     [&column](const query::Term& term) { return term.field->column == column; });
}

// A value that is equal to something is not NULL. What else an index may be
// limited to, a filter does not promise.
bool Covers(const schema::v1::Index& index, const query::Filter& filter) {
  const absl::string_view column = absl::StripSuffix(index.where(), " IS NOT NULL");
  return column != index.where() && Fixes(filter, std::string(column));
}

bool Suits(const schema::v1::Index& index, const query::Filter& filter) {
  if (!Covers(index, filter)) return false;
  const bool ends_with_id = *index.columns().rbegin() == "id";
  return std::all_of(index.columns().begin(), index.columns().end() - (ends_with_id ? 1 : 0),
                     [&filter](const std::string& column) { return Fixes(filter, column); });
}

}  // namespace

const std::string* IndexFor(const query::Filter& filter) {
  static const auto* const table =
      new schema::Table(schema::TableOf(*audit::v1::Event::descriptor()));
  for (const schema::v1::Index& index : table->sealed_indexes) {
    if (Suits(index, filter)) return &index.name();
  }
  return nullptr;
}

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
