#include "migrator/sqlite/schema_shape.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/sqlite/foreign_keys.h"
#include "migrator/sqlite/schema_model.h"
#include "migrator/sqltext/create_table.h"
#include "migrator/sqltext/name.h"
#include "migrator/sqltext/token.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::sqltext::FoldName;
using ::daybook::sqltext::Token;
using ::daybook::sqltext::TokenKind;

constexpr char kSelectShapeColumns[] =
    "SELECT name, upper(type), \"notnull\", coalesce(dflt_value, ''), pk, hidden"
    " FROM pragma_table_xinfo(?1)";
// An index that a constraint brings has no name of its own.
constexpr char kSelectShapeIndexes[] =
    "SELECT CASE WHEN origin = 'c' THEN name ELSE '' END, \"unique\", partial, name, origin"
    " FROM pragma_index_list(?1)";
constexpr char kSelectShapeKeys[] =
    "SELECT coalesce(name, '(expression)') || CASE \"desc\" WHEN 1 THEN ' DESC' ELSE '' END || ' '"
    " || coll FROM pragma_index_xinfo(?1) WHERE key = 1 ORDER BY seqno";

// SQL without spaces and comments, names without quotes: 1 for "a  >= 0" and
// "[A]>=0". Strings stay as they are.
std::string Essence(absl::string_view sql) {
  std::vector<std::string> parts;
  for (const Token& token : sqltext::Tokenize(sql)) {
    const absl::string_view text = sql.substr(token.begin, token.end - token.begin);
    if (token.kind == TokenKind::kSpace || token.kind == TokenKind::kComment) continue;
    const bool is_name = token.kind == TokenKind::kWord || token.kind == TokenKind::kQuotedName;
    parts.push_back(is_name ? FoldName(sqltext::Unquote(text)) : std::string(text));
  }
  return absl::StrJoin(parts, " ");
}

// Calls for each row of a statement about one object, and adds a line.
template <typename Line>
absl::Status AddLines(Connection& database, const char* sql, const std::string& about, Line line,
                      std::vector<std::string>& lines) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.Prepare(sql));
  select.BindText(1, about);
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return absl::OkStatus();
    DAYBOOK_ASSIGN_OR_RETURN(std::string text, line(select));
    lines.push_back(std::move(text));
  }
}

absl::StatusOr<std::string> KeysOf(Connection& database, const std::string& index) {
  std::vector<std::string> keys;
  DAYBOOK_RETURN_IF_ERROR(AddLines(
      database, kSelectShapeKeys, index,
      [](const Statement& row) -> absl::StatusOr<std::string> { return FoldName(row.Text(0)); },
      keys));
  return absl::StrJoin(keys, ", ");
}

absl::Status AddColumns(Connection& database, const std::string& table,
                        std::vector<std::string>& lines) {
  return AddLines(
      database, kSelectShapeColumns, table,
      [&](const Statement& row) -> absl::StatusOr<std::string> {
        return absl::StrCat("table ", table, ": column ", FoldName(row.Text(0)), " ", row.Bytes(1),
                            row.Integer(2) != 0 ? " NOT NULL" : "", " DEFAULT ",
                            Essence(row.Bytes(3)), " key ", row.Integer(4), " hidden ",
                            row.Integer(5));
      },
      lines);
}

absl::Status AddIndexes(Connection& database, const std::string& table,
                        std::vector<std::string>& lines) {
  return AddLines(
      database, kSelectShapeIndexes, table,
      [&](const Statement& row) -> absl::StatusOr<std::string> {
        DAYBOOK_ASSIGN_OR_RETURN(const std::string keys, KeysOf(database, row.Text(3)));
        return absl::StrCat("table ", table, ": index ", FoldName(row.Text(0)),
                            row.Integer(1) != 0 ? " unique" : "",
                            row.Integer(2) != 0 ? " partial" : "", " (", keys, ")");
      },
      lines);
}

absl::Status AddChecks(const SchemaObject& object, std::vector<std::string>& lines) {
  DAYBOOK_ASSIGN_OR_RETURN(const sqltext::CreateTable table,
                           sqltext::CreateTable::Parse(object.sql()));
  for (const sqltext::Constraint* const check : table.Checks()) {
    lines.push_back(absl::StrCat("table ", FoldName(object.name()), ": check ",
                                 FoldName(check->name), " ",
                                 Essence(table.Text(check->expression))));
  }
  return absl::OkStatus();
}

std::string KeyLine(const ForeignKey& key) {
  return FoldName(absl::StrCat("table ", key.child, ": foreign key (",
                               absl::StrJoin(key.columns, ", "), ") to ", key.parent, " (",
                               absl::StrJoin(key.parent_columns, ", "), ") on delete ",
                               key.on_delete, " on update ", key.on_update));
}

}  // namespace

absl::StatusOr<std::vector<std::string>> SchemaShape(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(const SchemaModel model, SchemaModel::Read(database));
  std::vector<std::string> lines;
  for (const SchemaObject& object : model.objects()) {
    const std::string name = FoldName(object.name());
    if (object.kind() == SchemaObject::INDEX) continue;  // told with its table
    if (object.kind() != SchemaObject::TABLE || IsVirtual(object)) {
      lines.push_back(
          absl::StrCat(KindName(object.kind()), " ", name, ": ", Essence(object.sql())));
      continue;
    }
    DAYBOOK_RETURN_IF_ERROR(AddColumns(database, name, lines));
    DAYBOOK_RETURN_IF_ERROR(AddIndexes(database, name, lines));
    DAYBOOK_RETURN_IF_ERROR(AddChecks(object, lines));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<ForeignKey> keys, ForeignKeys(database));
  for (const ForeignKey& key : keys) lines.push_back(KeyLine(key));
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace daybook::migrator::sqlite
