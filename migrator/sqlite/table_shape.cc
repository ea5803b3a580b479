#include "migrator/sqlite/table_shape.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/migration/failure.h"
#include "migrator/sqlite/own_tables.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::sqltext::QuoteName;
using ::daybook::sqltext::SameName;

constexpr char kSelectWithoutRowid[] =
    "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?1 COLLATE NOCASE";
constexpr char kSelectColumns[] =
    "SELECT name, type, pk, hidden FROM pragma_table_xinfo(?1) ORDER BY cid";
constexpr char kSelectKeyOrder[] =
    "SELECT name FROM pragma_table_xinfo(?1) WHERE pk > 0 ORDER BY pk";
// A key that is the rowid itself has no index of its own.
constexpr char kSelectKeyIndexes[] =
    "SELECT count(*) FROM pragma_index_list(?1) WHERE origin = 'pk'";

constexpr std::array<absl::string_view, 3> kRowidNames = {"rowid", "_rowid_", "oid"};

absl::StatusOr<std::vector<std::string>> TextsOf(Statement& select) {
  std::vector<std::string> texts;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return texts;
    texts.push_back(select.Text(0));
  }
}

absl::StatusOr<std::vector<std::string>> SelectTexts(Connection& database, const std::string& sql,
                                                     const std::string& parameter) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.Prepare(sql));
  select.BindText(1, parameter);
  return TextsOf(select);
}

absl::StatusOr<int64_t> SelectInteger(Connection& database, const std::string& sql,
                                      const std::string& parameter) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.Prepare(sql));
  select.BindText(1, parameter);
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
  if (!has_row) return absl::NotFoundError(absl::StrCat("there is no table ", parameter));
  return select.Integer(0);
}

// Names of all columns, the hidden and generated ones too, decide what hides
// the rowid.
struct Columns {
  std::vector<std::string> all;
  std::vector<std::string> stored;
};

absl::StatusOr<Columns> ReadColumns(Connection& database, const std::string& table) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.Prepare(kSelectColumns));
  select.BindText(1, table);
  Columns columns;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return columns;
    columns.all.push_back(select.Text(0));
    if (select.Integer(3) == 0) columns.stored.push_back(select.Text(0));
  }
}

bool Contains(const std::vector<std::string>& names, absl::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& other) { return SameName(other, name); });
}

std::string FreeRowidName(const std::vector<std::string>& columns) {
  for (const absl::string_view name : kRowidNames) {
    if (!Contains(columns, name)) return std::string(name);
  }
  return "";
}

}  // namespace

bool TableShape::Has(absl::string_view column) const { return Contains(columns, column); }

std::vector<std::string> TableShape::Identity() const {
  if (!rowid.empty()) return {rowid};
  std::vector<std::string> identity;
  for (const std::string& column : key) identity.push_back(QuoteName(column));
  return identity;
}

absl::StatusOr<TableShape> ReadTableShape(Connection& database, const std::string& name) {
  TableShape shape{.name = name};
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t without_rowid,
                           SelectInteger(database, kSelectWithoutRowid, name));
  DAYBOOK_ASSIGN_OR_RETURN(Columns columns, ReadColumns(database, name));
  DAYBOOK_ASSIGN_OR_RETURN(shape.key, SelectTexts(database, kSelectKeyOrder, name));
  shape.columns = std::move(columns.stored);
  if (without_rowid != 0) return shape;
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t key_indexes,
                           SelectInteger(database, kSelectKeyIndexes, name));
  shape.rowid_is_column = shape.key.size() == 1 && key_indexes == 0;
  shape.rowid = shape.rowid_is_column ? QuoteName(shape.key[0]) : FreeRowidName(columns.all);
  return shape;
}

absl::StatusOr<bool> KeyTellsRows(Connection& database, const TableShape& table) {
  if (table.key.empty()) return false;
  if (table.rowid_is_column) return true;
  const std::string any_null =
      absl::StrJoin(table.key, " OR ", [](std::string* out, const std::string& column) {
        absl::StrAppend(out, QuoteName(column), " IS NULL");
      });
  DAYBOOK_ASSIGN_OR_RETURN(
      const int64_t has_null,
      database.QueryInteger(absl::StrCat("SELECT EXISTS (SELECT 1 FROM ", QuoteName(table.name),
                                         " WHERE ", any_null, ")")));
  return has_null == 0;
}

absl::Status CheckRowsToldApart(Connection& database, const TableShape& table) {
  if (!table.rowid.empty()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const bool by_key, KeyTellsRows(database, table));
  if (by_key) return absl::OkStatus();
  return migration::Failure(
      migration::ExitCode::kRefused,
      absl::StrCat("nothing tells the rows of ", table.name,
                   " apart, so that none could be kept and put back: it has no primary key, and"
                   " its columns take all names of the rowid"),
      "give it a primary key, or rename one of its columns rowid, oid and _rowid_");
}

// Nothing is listed twice: a table may have as many columns as a SELECT may.
RowList ListRow(const TableShape& shape, const std::vector<std::string>& columns) {
  const auto key = std::find_if(columns.begin(), columns.end(), [&](const std::string& column) {
    return shape.rowid_is_column && SameName(column, shape.key[0]);
  });
  if (key != columns.end()) {
    return {.sql = ColumnList(columns), .rowid = static_cast<int>(key - columns.begin())};
  }
  if (shape.rowid.empty()) return {.sql = columns.empty() ? "NULL" : ColumnList(columns)};
  return {
      .sql = columns.empty() ? shape.rowid : absl::StrCat(shape.rowid, ", ", ColumnList(columns)),
      .rowid = 0,
      .first = 1};
}

absl::StatusOr<std::vector<std::string>> TableNames(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(
      Statement select,
      database.Prepare(absl::StrCat("SELECT name FROM pragma_table_list WHERE schema = 'main' AND"
                                    " type IN ('table', 'shadow') AND ",
                                    IsOfApplication("name"), " ORDER BY name")));
  return TextsOf(select);
}

std::string ColumnList(const std::vector<std::string>& columns) {
  return absl::StrJoin(columns, ", ", [](std::string* out, const std::string& column) {
    absl::StrAppend(out, QuoteName(column));
  });
}

}  // namespace daybook::migrator::sqlite
