#include "migrator/sqlite/doomed_rows.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/sqlite/foreign_keys.h"
#include "migrator/sqlite/table_shape.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::sqltext::FoldName;
using ::daybook::sqltext::QuoteName;
using ::daybook::sqltext::QuoteText;

constexpr char kCreate[] =
    "CREATE TEMP TABLE IF NOT EXISTS mig_doomed"
    " (table_name TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (table_name, id))"
    " WITHOUT ROWID";
constexpr char kClear[] = "DELETE FROM temp.mig_doomed";

absl::StatusOr<TableShape> ShapeWithRowid(Connection& database, const std::string& table) {
  DAYBOOK_ASSIGN_OR_RETURN(TableShape shape, ReadTableShape(database, table));
  if (shape.rowid.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("rows of ", table,
                     " cannot be set aside with those they reference: the table"
                     " has no rowid to tell them by"));
  }
  return shape;
}

std::string MatchOf(const ForeignKey& key) {
  std::vector<std::string> equal;
  for (size_t i = 0; i < key.columns.size(); ++i) {
    equal.push_back(absl::StrCat("mig_child.", QuoteName(key.columns[i]), " = mig_parent.",
                                 QuoteName(key.parent_columns[i])));
  }
  return absl::StrJoin(equal, " AND ");
}

// Adds the rows of one child table that reference doomed rows of its parent.
absl::StatusOr<int64_t> AddChildren(Connection& database, const ForeignKey& key) {
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape child, ShapeWithRowid(database, key.child));
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape parent, ShapeWithRowid(database, key.parent));
  const int64_t before = database.TotalChanges();
  DAYBOOK_RETURN_IF_ERROR(database.Execute(absl::StrCat(
      "INSERT OR IGNORE INTO temp.mig_doomed SELECT ", QuoteText(FoldName(key.child)),
      ", mig_child.", child.rowid, " FROM ", QuoteName(key.child), " AS mig_child JOIN ",
      QuoteName(key.parent), " AS mig_parent ON ", MatchOf(key),
      " JOIN temp.mig_doomed AS doomed ON doomed.table_name = ", QuoteText(FoldName(key.parent)),
      " AND doomed.id = mig_parent.", parent.rowid)));
  return database.TotalChanges() - before;
}

}  // namespace

std::string DoomedRows::Condition(const std::string& table, const std::string& rowid) {
  return absl::StrCat(rowid, " IN (SELECT id FROM temp.mig_doomed WHERE table_name = ",
                      QuoteText(FoldName(table)), ")");
}

absl::Status DoomedRows::Clear(Connection& database) { return database.Execute(kClear); }

absl::StatusOr<DoomedRows> DoomedRows::Find(Connection& database, const std::string& table,
                                            const std::string& condition) {
  DAYBOOK_RETURN_IF_ERROR(database.Execute(kCreate));
  DAYBOOK_RETURN_IF_ERROR(Clear(database));
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ShapeWithRowid(database, table));
  const int64_t before = database.TotalChanges();
  DAYBOOK_RETURN_IF_ERROR(database.Execute(
      absl::StrCat("INSERT INTO temp.mig_doomed SELECT ", QuoteText(FoldName(table)), ", ",
                   shape.rowid, " FROM ", QuoteName(table), " WHERE ", condition)));
  std::map<std::string, int64_t> counts = {{FoldName(table), database.TotalChanges() - before}};
  std::map<std::string, std::string> names = {{FoldName(table), table}};
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<ForeignKey> keys, ForeignKeys(database));
  for (bool grew = true; grew;) {
    grew = false;
    for (const ForeignKey& key : keys) {
      if (counts[FoldName(key.parent)] == 0 || key.parent_columns.empty()) continue;
      DAYBOOK_ASSIGN_OR_RETURN(const int64_t added, AddChildren(database, key));
      counts[FoldName(key.child)] += added;
      names[FoldName(key.child)] = key.child;
      grew = grew || added > 0;
    }
  }
  DoomedRows doomed;
  doomed.tables_.push_back({.name = table, .rows = counts[FoldName(table)]});
  for (const auto& [folded, rows] : counts) {
    if (rows > 0 && folded != FoldName(table)) {
      doomed.tables_.push_back({.name = names[folded], .rows = rows});
    }
  }
  return doomed;
}

}  // namespace daybook::migrator::sqlite
