#include "migrator/sqlite/statistics.h"

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;

// sqlite_stat1 and, where SQLite was built for it, sqlite_stat4.
constexpr char kSelectTables[] =
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'sqlite\\_stat%' ESCAPE "
    "'\\'";

std::string CopyOf(const std::string& table) { return absl::StrCat("temp.mig_kept_", table); }

}  // namespace

absl::StatusOr<Statistics> Statistics::Keep(Connection& database, const std::string& table) {
  Statistics statistics;
  {
    DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.Prepare(kSelectTables));
    while (true) {
      DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
      if (!has_row) break;
      statistics.kept_.push_back(select.Text(0));
    }
  }
  for (const std::string& kept : statistics.kept_) {
    DAYBOOK_RETURN_IF_ERROR(database.Execute(
        absl::StrCat("CREATE TEMP TABLE mig_kept_", kept, " AS SELECT * FROM main.", kept,
                     " WHERE tbl = ", sqltext::QuoteText(table), " COLLATE NOCASE")));
  }
  return statistics;
}

absl::Status Statistics::PutBack(Connection& database) {
  for (const std::string& kept : kept_) {
    DAYBOOK_RETURN_IF_ERROR(
        database.Execute(absl::StrCat("INSERT INTO main.", kept, " SELECT * FROM ", CopyOf(kept),
                                      "; DROP TABLE ", CopyOf(kept))));
  }
  // They are read when the schema is.
  return kept_.empty() ? absl::OkStatus() : database.Execute("ANALYZE sqlite_schema");
}

}  // namespace daybook::migrator::sqlite
