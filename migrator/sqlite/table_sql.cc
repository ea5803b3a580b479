#include "migrator/sqlite/table_sql.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/sqlite/check_sql.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::migration::v1::AddCheck;
using ::daybook::migration::v1::AddForeignKey;
using ::daybook::migration::v1::CreateIndex;
using ::daybook::migration::v1::IndexKey;
using ::daybook::migration::v1::NewColumn;
using ::daybook::sqltext::QuoteName;

template <typename Names>
std::string QuotedList(const Names& names) {
  return absl::StrJoin(names, ", ", [](std::string* out, const std::string& name) {
    absl::StrAppend(out, QuoteName(name));
  });
}

absl::StatusOr<std::string> TypeSql(NewColumn::Type type, bool strict) {
  switch (type) {
    case NewColumn::INTEGER:
      return "INTEGER";
    case NewColumn::TEXT:
      return "TEXT";
    case NewColumn::BLOB:
      return "BLOB";
    case NewColumn::REAL:
      return "REAL";
    case NewColumn::DECIMAL:
      if (strict) return absl::InvalidArgumentError("a STRICT table has no decimal columns");
      return "NUMERIC";
    case NewColumn::BOOLEAN:
      return strict ? "INTEGER" : "BOOLEAN";
    case NewColumn::TIMESTAMP:
      return strict ? "TEXT" : "DATETIME";
    case NewColumn::JSON:
      return "TEXT";
    default:
      return absl::InvalidArgumentError("the column has no type");
  }
}

absl::StatusOr<std::string> ColumnType(const NewColumn& column, bool strict) {
  if (column.has_sql_type()) return SqlOf(column.sql_type());
  if (column.kind_case() == NewColumn::kEnumType) return "TEXT";
  return TypeSql(column.type(), strict);
}

AddCheck CheckFor(const std::string& table, const NewColumn& column, absl::string_view ending) {
  AddCheck check;
  check.set_table(table);
  check.set_column(column.name());
  check.set_name(absl::StrCat(table, "_", column.name(), "_", ending));
  check.mutable_expression()->set_nullable(!column.not_null());
  return check;
}

AddCheck BooleanCheck(const std::string& table, const NewColumn& column) {
  AddCheck check = CheckFor(table, column, "bool");
  for (const int value : {0, 1}) {
    check.mutable_expression()->mutable_one_of()->add_integer(value);
  }
  return check;
}

AddCheck JsonCheck(const std::string& table, const NewColumn& column) {
  AddCheck check = CheckFor(table, column, "json");
  const std::string name = QuoteName(column.name());
  check.mutable_expression()->mutable_sql()->set_sqlite(
      absl::StrCat(column.not_null() ? "" : name + " IS NULL OR ", "(typeof(", name,
                   ") = 'text' AND json_valid(", name, "))"));
  check.add_accept()->add_value()->set_literal("'[{}]'");
  for (const char* const wrong : {"'{'", "''", "x'7b7d'", "'{} {}'"}) {
    check.add_reject()->add_value()->set_literal(wrong);
  }
  return check;
}

std::string ActionSql(absl::string_view event, AddForeignKey::Action action) {
  switch (action) {
    case AddForeignKey::RESTRICT:
      return absl::StrCat(" ", event, " RESTRICT");
    case AddForeignKey::CASCADE:
      return absl::StrCat(" ", event, " CASCADE");
    case AddForeignKey::SET_NULL:
      return absl::StrCat(" ", event, " SET NULL");
    case AddForeignKey::SET_DEFAULT:
      return absl::StrCat(" ", event, " SET DEFAULT");
    case AddForeignKey::NO_ACTION:
      return absl::StrCat(" ", event, " NO ACTION");
    default:
      return "";
  }
}

std::string KeySql(const IndexKey& key) {
  std::string sql =
      key.has_expression() ? absl::StrCat("(", key.expression(), ")") : QuoteName(key.column());
  if (key.has_collation()) absl::StrAppend(&sql, " COLLATE ", SqlOf(key.collation()));
  if (key.descending()) absl::StrAppend(&sql, " DESC");
  return sql;
}

std::string KeysSql(const CreateIndex& index) {
  if (index.key_size() == 0) return QuotedList(index.columns());
  return absl::StrJoin(index.key(), ", ", [](std::string* out, const IndexKey& key) {
    absl::StrAppend(out, KeySql(key));
  });
}

}  // namespace

absl::StatusOr<std::string> CheckSql(const AddCheck& check) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::string condition, CheckCondition(check));
  return absl::StrCat("CONSTRAINT ", QuoteName(check.name()), " CHECK (", condition, ")");
}

absl::StatusOr<std::optional<AddCheck>> TypeCheck(const std::string& table, const NewColumn& column,
                                                  const Enums& enums) {
  if (column.kind_case() != NewColumn::kEnumType) {
    if (column.type() == NewColumn::BOOLEAN) return BooleanCheck(table, column);
    if (column.type() == NewColumn::JSON) return JsonCheck(table, column);
    return std::nullopt;
  }
  const auto declared = enums.find(column.enum_type());
  if (declared == enums.end()) {
    return absl::InvalidArgumentError(absl::StrCat("no enum ", column.enum_type(), " is declared"));
  }
  AddCheck check = CheckFor(table, column, column.enum_type());
  *check.mutable_expression()->mutable_one_of()->mutable_text() = declared->second.values();
  return check;
}

absl::StatusOr<std::string> ColumnSql(const std::string& table, const NewColumn& column,
                                      bool strict, const Enums& enums) {
  if (column.generated_key()) {
    return absl::StrCat(QuoteName(column.name()), " INTEGER PRIMARY KEY AUTOINCREMENT");
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::string type, ColumnType(column, strict));
  std::string sql = absl::StrCat(QuoteName(column.name()), " ", type);
  if (column.not_null()) absl::StrAppend(&sql, " NOT NULL");
  if (!column.default_value().empty()) absl::StrAppend(&sql, " DEFAULT ", column.default_value());
  DAYBOOK_ASSIGN_OR_RETURN(const auto check, TypeCheck(table, column, enums));
  if (!check) return sql;
  DAYBOOK_ASSIGN_OR_RETURN(const std::string check_sql, CheckSql(*check));
  return absl::StrCat(sql, " ", check_sql);
}

absl::StatusOr<std::string> CreateTableSql(const migration::v1::CreateTable& create,
                                           const Enums& enums) {
  std::vector<std::string> parts;
  for (const NewColumn& column : create.column()) {
    DAYBOOK_ASSIGN_OR_RETURN(std::string sql,
                             ColumnSql(create.name(), column, create.strict(), enums));
    parts.push_back(std::move(sql));
  }
  if (create.primary_key_size() > 0) {
    parts.push_back(absl::StrCat("PRIMARY KEY (", QuotedList(create.primary_key()), ")"));
  }
  for (const AddCheck& check : create.check()) {
    DAYBOOK_ASSIGN_OR_RETURN(std::string sql, CheckSql(check));
    parts.push_back(std::move(sql));
  }
  for (const AddForeignKey& key : create.foreign_key()) parts.push_back(ForeignKeySql(key));
  return absl::StrCat("CREATE TABLE ", QuoteName(create.name()), " (\n  ",
                      absl::StrJoin(parts, ",\n  "), "\n)", create.strict() ? " STRICT" : "");
}

std::string CreateIndexSql(const CreateIndex& index) {
  std::string sql =
      absl::StrCat("CREATE ", index.unique() ? "UNIQUE " : "", "INDEX ", QuoteName(index.name()),
                   " ON ", QuoteName(index.table()), " (", KeysSql(index), ")");
  if (!index.where().empty()) absl::StrAppend(&sql, " WHERE ", index.where());
  return sql;
}

std::string ForeignKeySql(const AddForeignKey& key) {
  std::string sql =
      absl::StrCat("CONSTRAINT ", QuoteName(key.name()), " FOREIGN KEY (",
                   QuotedList(key.columns()), ") REFERENCES ", QuoteName(key.references_table()));
  if (key.references_columns_size() > 0) {
    absl::StrAppend(&sql, " (", QuotedList(key.references_columns()), ")");
  }
  absl::StrAppend(&sql, ActionSql("ON DELETE", key.on_delete()),
                  ActionSql("ON UPDATE", key.on_update()));
  return sql;
}

}  // namespace daybook::migrator::sqlite
