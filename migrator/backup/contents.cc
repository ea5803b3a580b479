#include "migrator/backup/contents.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/sqlite/fingerprint.h"
#include "migrator/sqlite/row_progress.h"
#include "migrator/sqlite/schema_model.h"
#include "migrator/sqlite/table_shape.h"
#include "migrator/sqltext/name.h"
#include "schema/utf8.h"

namespace daybook::migrator::backup {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::migrator::sqlite::Fingerprint;
using ::daybook::migrator::sqlite::TableShape;

constexpr char kSchemaTable[] = "sqlite_schema";
constexpr char kSelectTables[] =
    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow')"
    " ORDER BY name";

absl::StatusOr<std::vector<std::string>> AllTables(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.Prepare(kSelectTables));
  std::vector<std::string> names;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return names;
    names.push_back(select.Text(0));
  }
}

// Of the schema's rows everything but where in the file a table begins.
absl::StatusOr<TableShape> ShapeOf(Connection& database, const std::string& table) {
  if (table != kSchemaTable) return sqlite::ReadTableShape(database, table);
  return TableShape{.name = table, .columns = {"type", "name", "tbl_name", "sql"}};
}

absl::StatusOr<std::vector<TableShape>> AllShapes(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> tables, AllTables(database));
  std::vector<TableShape> shapes;
  for (const std::string& name : tables) {
    DAYBOOK_ASSIGN_OR_RETURN(TableShape shape, ShapeOf(database, name));
    shapes.push_back(std::move(shape));
  }
  return shapes;
}

absl::StatusOr<std::string> ReadText(Connection& database, const std::string& sql) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.Prepare(sql));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
  return has_row ? select.Text(0) : "";
}

// Names need not be UTF-8, and what a manifest says is.
std::string Readable(const std::string& name) {
  return schema::CountCharacters(name) ? name : absl::CHexEscape(name);
}

void NoteDifferentTable(const TableContents& expected, const TableContents* found,
                        std::vector<std::string>& differences) {
  if (found == nullptr) {
    differences.push_back(absl::StrCat("table ", expected.name(), " is missing"));
  } else if (found->rows() != expected.rows()) {
    differences.push_back(absl::StrCat("table ", expected.name(), " has ", found->rows(),
                                       " rows and must have ", expected.rows()));
  } else if (found->fingerprint() != expected.fingerprint()) {
    differences.push_back(absl::StrCat("table ", expected.name(), " has other values in its rows"));
  }
}

}  // namespace

absl::StatusOr<Contents> ReadContents(Connection& database, sqlite::Observer* observer,
                                      const std::string& work) {
  Contents contents;
  DAYBOOK_ASSIGN_OR_RETURN(const sqlite::SchemaModel schema, sqlite::SchemaModel::Read(database));
  contents.set_schema_digest(schema.Digest());
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t user_version,
                           database.QueryInteger("PRAGMA user_version"));
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t application_id,
                           database.QueryInteger("PRAGMA application_id"));
  DAYBOOK_ASSIGN_OR_RETURN(std::string encoding, ReadText(database, "PRAGMA encoding"));
  contents.set_user_version(user_version);
  contents.set_application_id(application_id);
  contents.set_encoding(std::move(encoding));
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<TableShape> shapes, AllShapes(database));
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t rows, sqlite::RoughRows(database, shapes));
  sqlite::RowProgress progress(observer, work, rows);
  for (const TableShape& shape : shapes) {
    DAYBOOK_ASSIGN_OR_RETURN(const Fingerprint fingerprint,
                             sqlite::FingerprintOf(database, shape, shape.columns, &progress));
    TableContents& table = *contents.add_table();
    table.set_name(Readable(shape.name));
    table.set_rows(fingerprint.rows());
    table.set_fingerprint(fingerprint.ToString());
  }
  return contents;
}

std::vector<std::string> Differences(const Contents& expected, const Contents& found) {
  std::vector<std::string> differences;
  if (found.schema_digest() != expected.schema_digest()) {
    differences.emplace_back("the schema is another");
  }
  if (found.user_version() != expected.user_version() ||
      found.application_id() != expected.application_id() ||
      found.encoding() != expected.encoding()) {
    differences.emplace_back("user_version, application_id or encoding is another");
  }
  for (const TableContents& table : expected.table()) {
    NoteDifferentTable(table, FindTable(found, table.name()), differences);
  }
  for (const TableContents& table : found.table()) {
    if (FindTable(expected, table.name()) == nullptr) {
      differences.push_back(absl::StrCat("table ", table.name(), " should not be there"));
    }
  }
  return differences;
}

const TableContents* FindTable(const Contents& contents, const std::string& name) {
  const auto found =
      std::find_if(contents.table().begin(), contents.table().end(),
                   [&](const TableContents& t) { return sqltext::SameName(t.name(), name); });
  return found == contents.table().end() ? nullptr : &*found;
}

}  // namespace daybook::migrator::backup
