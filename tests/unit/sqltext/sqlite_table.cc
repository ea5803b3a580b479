#include "unit/sqltext/sqlite_table.h"

#include <algorithm>
#include <ostream>
#include <set>

#include <gmock/gmock.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "migrator/sqltext/name.h"
#include "migrator/sqltext/token.h"
#include "support/status_matchers.h"

namespace daybook::sqltext {
namespace {

using db::sqlite::Connection;
using db::sqlite::OpenMode;
using db::sqlite::Statement;

// `sql` without spaces and comments.
std::string Essence(absl::string_view sql) {
  std::string essence;
  for (const Token& token : Tokenize(sql)) {
    if (!IsSignificant(token)) continue;
    absl::StrAppend(&essence, essence.empty() ? "" : " ", TextOf(token, sql));
  }
  return essence;
}

std::string ColumnText(absl::string_view name, bool is_filled, absl::string_view value,
                       size_t key_place, int hidden) {
  return absl::StrCat(name, "|", is_filled || key_place > 0 ? "filled" : "nullable", "|",
                      Essence(value), "|", key_place, "|", hidden);
}

std::string TypeText(absl::string_view type) { return absl::AsciiStrToUpper(Essence(type)); }

std::string ActionText(FkAction action) {
  switch (action) {
    case FkAction::kNone:
    case FkAction::kNoAction:
      return "NO ACTION";
    case FkAction::kRestrict:
      return "RESTRICT";
    case FkAction::kCascade:
      return "CASCADE";
    case FkAction::kSetNull:
      return "SET NULL";
    case FkAction::kSetDefault:
      return "SET DEFAULT";
  }
  return "";
}

// The names as the columns are written.
std::string Canonical(const CreateTable& table, const std::vector<std::string>& names) {
  return absl::StrJoin(names, "", [&table](std::string* out, const std::string& name) {
    const Column* const column = table.FindColumn(name);
    absl::StrAppend(out, "<", column == nullptr ? "?" : column->name, ">");
  });
}

const Constraint* Find(const Column& column, ConstraintKind kind) {
  const Constraint* found = nullptr;
  for (const Constraint& constraint : column.constraints) {
    if (constraint.kind == kind) found = &constraint;
  }
  return found;
}

std::string ColumnText(const CreateTable& table, const Column& column) {
  size_t key_place = Find(column, ConstraintKind::kPrimaryKey) != nullptr ? 1 : 0;
  for (const Constraint& constraint : table.constraints()) {
    if (constraint.kind != ConstraintKind::kPrimaryKey) continue;
    for (size_t i = constraint.columns.size(); i > 0; --i) {
      if (SameName(constraint.columns[i - 1], column.name)) key_place = i;
    }
  }
  const Constraint* const value = Find(column, ConstraintKind::kDefault);
  const int hidden = column.generated == Generated::kNo        ? 0
                     : column.generated == Generated::kVirtual ? 2
                                                               : 3;
  return ColumnText(column.name, Find(column, ConstraintKind::kNotNull) != nullptr,
                    value == nullptr ? "" : table.Text(value->expression), key_place, hidden);
}

}  // namespace

void PrintTo(const Description& description, std::ostream* out) {
  *out << absl::StrJoin(description.columns, "\n") << "\n"
       << absl::StrJoin(description.types, "\n") << "\n"
       << absl::StrJoin(description.foreign_keys, "\n") << "\n"
       << absl::StrJoin(description.unique_keys, "\n") << "\n"
       << description.options;
}

Sqlite::Sqlite() : connection_(Connection::Open(":memory:", OpenMode::kCreate).value()) {
  EXPECT_THAT(connection_.Execute("CREATE TABLE p (id INTEGER PRIMARY KEY, x, y, UNIQUE (x, y))"),
              testing::IsOk());
}

absl::Status Sqlite::Try(const std::string& sql) {
  absl::Status status = Make(sql);
  Forget();
  return status;
}

absl::Status Sqlite::Make(const std::string& sql) {
  EXPECT_THAT(connection_.Execute("SAVEPOINT made"), testing::IsOk());
  return connection_.Execute(sql);
}

void Sqlite::Forget() {
  EXPECT_THAT(connection_.Execute("ROLLBACK TO made; RELEASE made"), testing::IsOk());
}

std::vector<std::string> Sqlite::Rows(const std::string& sql) {
  std::vector<std::string> rows;
  Statement statement = connection_.Prepare(sql).value();
  while (statement.Step().value()) rows.push_back(statement.Text(0));
  return rows;
}

std::string Sqlite::Stored(const std::string& table) {
  const std::vector<std::string> rows =
      Rows(absl::StrCat("SELECT sql FROM (SELECT * FROM sqlite_schema UNION ALL SELECT * FROM "
                        "sqlite_temp_schema) WHERE type = 'table' AND name = ",
                        QuoteText(table)));
  return rows.empty() ? "" : rows[0];
}

Description Sqlite::Describe(const std::string& table) {
  const std::string name = QuoteText(table);
  Description description;
  Statement columns =
      connection_
          .Prepare(absl::StrCat("SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM "
                                "pragma_table_xinfo(",
                                name, ") ORDER BY cid"))
          .value();
  while (columns.Step().value()) {
    description.columns.push_back(
        ColumnText(columns.Text(0), columns.Integer(2) != 0, columns.Bytes(3),
                   static_cast<size_t>(columns.Integer(4)), static_cast<int>(columns.Integer(5))));
    description.types.push_back(TypeText(columns.Bytes(1)));
  }
  description.foreign_keys = Rows(
      absl::StrCat("SELECT group_concat('<' || \"from\" || '>', '') || \"table\" || '(' || "
                   "ifnull(group_concat(\"to\", ','), '') || ') ' || on_delete || '/' || on_update "
                   "FROM (SELECT * FROM pragma_foreign_key_list(",
                   name, ") ORDER BY id, seq) GROUP BY id ORDER BY id DESC"));
  description.unique_keys = Rows(absl::StrCat(
      "SELECT DISTINCT (SELECT group_concat('<' || name || '>', '') FROM (SELECT name FROM "
      "pragma_index_info(list.name) ORDER BY seqno)) FROM pragma_index_list(",
      name, ") AS list WHERE origin = 'u' ORDER BY 1"));
  const std::string primary_key = Rows(absl::StrCat(
      "SELECT group_concat('<' || name || '>', '') FROM (SELECT name FROM pragma_table_info(", name,
      ") WHERE pk > 0 ORDER BY pk)"))[0];
  std::erase(description.unique_keys, primary_key);
  description.options = Rows(absl::StrCat("SELECT wr || strict FROM pragma_table_list(", name,
                                          ") WHERE schema <> 'none' LIMIT 1"))[0];
  return description;
}

Description Describe(const CreateTable& table) {
  Description description;
  for (const Column& column : table.columns()) {
    description.columns.push_back(ColumnText(table, column));
    description.types.push_back(TypeText(Unquote(column.type)));
  }
  for (const Constraint* key : table.ForeignKeys()) {
    description.foreign_keys.push_back(
        absl::StrCat(Canonical(table, key->columns), key->references_table, "(",
                     absl::StrJoin(key->references_columns, ","), ") ", ActionText(key->on_delete),
                     "/", ActionText(key->on_update)));
  }
  std::set<std::string> unique_keys;
  for (const Constraint* constraint : table.AllConstraints()) {
    if (constraint->kind == ConstraintKind::kUnique) {
      unique_keys.insert(Canonical(table, constraint->columns));
    }
  }
  for (const Constraint* constraint : table.AllConstraints()) {
    if (constraint->kind == ConstraintKind::kPrimaryKey) {
      unique_keys.erase(Canonical(table, constraint->columns));
    }
  }
  description.unique_keys.assign(unique_keys.begin(), unique_keys.end());
  description.options = absl::StrCat(table.without_rowid() ? 1 : 0, table.strict() ? 1 : 0);
  return description;
}

}  // namespace daybook::sqltext
