#include "schema/sqlite_ddl.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/timestamp.h"

namespace daybook::schema {
namespace {

// length() of text stops at a NUL and counts characters; of a blob it counts
// bytes.
std::string AsBytes(const std::string& name) { return absl::StrCat("CAST(", name, " AS BLOB)"); }

std::string StringCheck(const std::string& name, const v1::StringRule& rule) {
  std::vector<std::string> terms;
  if (!rule.charset().empty()) {
    terms.push_back(absl::StrCat(name, " NOT GLOB '*[^", rule.charset(), "]*'"));
  }
  if (!rule.first_charset().empty()) {
    terms.push_back(absl::StrCat(name, " GLOB '[", rule.first_charset(), "]*'"));
  }
  if (rule.max_bytes() != 0)
    terms.push_back(absl::StrCat("length(", AsBytes(name), ") <= ", rule.max_bytes()));
  if (rule.max_chars() != 0)
    terms.push_back(absl::StrCat("length(", name, ") <= ", rule.max_chars()));
  if (rule.min_chars() == 1) terms.push_back(absl::StrCat(name, " <> ''"));
  if (rule.min_chars() > 1)
    terms.push_back(absl::StrCat("length(", name, ") >= ", rule.min_chars()));
  // What stands behind a NUL would escape length() and GLOB.
  terms.push_back(absl::StrCat("instr(", AsBytes(name), ", x'00') = 0"));
  return absl::StrJoin(terms, " AND ");
}

std::string IntegerCheck(const std::string& name, const v1::Int64Rule& rule) {
  std::vector<std::string> terms;
  if (rule.has_gte()) terms.push_back(absl::StrCat(name, " >= ", rule.gte()));
  if (rule.has_gt()) terms.push_back(absl::StrCat(name, " > ", rule.gt()));
  if (rule.has_lte()) terms.push_back(absl::StrCat(name, " <= ", rule.lte()));
  if (rule.has_lt()) terms.push_back(absl::StrCat(name, " < ", rule.lt()));
  return absl::StrJoin(terms, " AND ");
}

std::string Definition(const Table& table, const Column& column) {
  std::string definition =
      absl::StrCat(column.name, column.type == ColumnType::kText ? " TEXT" : " INTEGER");
  if (column.primary_key) {
    absl::StrAppend(&definition, " PRIMARY KEY");
  } else if (!IsNullable(column)) {
    absl::StrAppend(&definition, " NOT NULL");
  }
  if (const std::string check = SqliteCheck(column); !check.empty()) {
    absl::StrAppend(&definition, "\n    CONSTRAINT ", table.name, "_", column.name, " CHECK (",
                    check, ")");
  }
  return definition;
}

}  // namespace

std::string SqliteCheck(const Column& column) {
  switch (column.rule.kind_case()) {
    case v1::Rule::kString:
      return StringCheck(column.name, column.rule.string());
    case v1::Rule::kInt64:
      return IntegerCheck(column.name, column.rule.int64());
    case v1::Rule::kEnum:
      return absl::StrCat(column.name, " BETWEEN 1 AND ", column.enum_values);
    case v1::Rule::kTime:
      return absl::StrCat(column.name, " BETWEEN ", kMinMicros, " AND ", kMaxMicros);
    case v1::Rule::KIND_NOT_SET:
      return "";
  }
  return "";
}

std::string SqliteCreateTable(const Table& table, const std::vector<StoreColumn>& store_columns) {
  std::vector<std::string> definitions;
  definitions.reserve(table.columns.size() + store_columns.size());
  for (const Column& column : table.columns) definitions.push_back(Definition(table, column));
  for (const StoreColumn& column : store_columns) {
    definitions.push_back(absl::StrCat(column.name, " ", column.definition));
  }
  return absl::StrCat("CREATE TABLE ", table.name, " (\n  ", absl::StrJoin(definitions, ",\n  "),
                      "\n) STRICT");
}

std::string SqliteCreateIndex(const Table& table, const v1::Index& index) {
  std::string sql = absl::StrCat("CREATE INDEX ", index.name(), " ON ", table.name, " (",
                                 absl::StrJoin(index.columns(), ", "), ")");
  if (!index.where().empty()) absl::StrAppend(&sql, " WHERE ", index.where());
  return sql;
}

}  // namespace daybook::schema
