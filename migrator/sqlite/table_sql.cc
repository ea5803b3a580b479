#include "migrator/sqlite/table_sql.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/sqlite/check_sql.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::migration::v1::AddForeignKey;
using ::daybook::migration::v1::CreateIndex;
using ::daybook::migration::v1::IndexKey;
using ::daybook::migration::v1::NewColumn;
using ::daybook::sqltext::QuoteName;
using ::daybook::sqltext::QuoteText;

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

std::string NamedCheck(const std::string& table, const std::string& column,
                       absl::string_view ending, absl::string_view condition) {
  return absl::StrCat(" CONSTRAINT ", QuoteName(absl::StrCat(table, "_", column, "_", ending)),
                      " CHECK (", condition, ")");
}

std::string TypeCheck(const std::string& table, const NewColumn& column) {
  const std::string name = QuoteName(column.name());
  switch (column.type()) {
    case NewColumn::BOOLEAN:
      return NamedCheck(table, column.name(), "bool", absl::StrCat(name, " IN (0, 1)"));
    case NewColumn::JSON:
      return NamedCheck(table, column.name(), "json", absl::StrCat("json_valid(", name, ")"));
    default:
      return "";
  }
}

struct TypeParts {
  std::string type;
  std::string check = {};
};

absl::StatusOr<TypeParts> PartsOf(const std::string& table, const NewColumn& column, bool strict,
                                  const Enums& enums) {
  if (column.has_sql_type()) return TypeParts{.type = SqlOf(column.sql_type())};
  if (column.kind_case() != NewColumn::kEnumType) {
    DAYBOOK_ASSIGN_OR_RETURN(std::string type, TypeSql(column.type(), strict));
    return TypeParts{.type = std::move(type), .check = TypeCheck(table, column)};
  }
  const auto declared = enums.find(column.enum_type());
  if (declared == enums.end()) {
    return absl::InvalidArgumentError(absl::StrCat("no enum ", column.enum_type(), " is declared"));
  }
  const std::string values = absl::StrJoin(
      declared->second.values(), ", ",
      [](std::string* out, const std::string& value) { absl::StrAppend(out, QuoteText(value)); });
  return TypeParts{
      .type = "TEXT",
      .check = NamedCheck(table, column.name(), column.enum_type(),
                          absl::StrCat(QuoteName(column.name()), " IN (", values, ")"))};
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

absl::StatusOr<std::string> ColumnSql(const std::string& table, const NewColumn& column,
                                      bool strict, const Enums& enums) {
  if (column.generated_key()) {
    return absl::StrCat(QuoteName(column.name()), " INTEGER PRIMARY KEY AUTOINCREMENT");
  }
  DAYBOOK_ASSIGN_OR_RETURN(const TypeParts parts, PartsOf(table, column, strict, enums));
  std::string sql = absl::StrCat(QuoteName(column.name()), " ", parts.type);
  if (column.not_null()) absl::StrAppend(&sql, " NOT NULL");
  if (!column.default_value().empty()) absl::StrAppend(&sql, " DEFAULT ", column.default_value());
  return sql + parts.check;
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
  for (const migration::v1::AddCheck& check : create.check()) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::string condition, CheckCondition(check));
    parts.push_back(
        absl::StrCat("CONSTRAINT ", QuoteName(check.name()), " CHECK (", condition, ")"));
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
