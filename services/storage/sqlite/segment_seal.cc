#include "storage/sqlite/segment_seal.h"

#include <vector>

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "db/sqlite/statement.h"
#include "storage/sqlite/totals_rows.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::db::sqlite::Statement;

// SQLite keeps the text of a statement as it was given.
constexpr char kOpenStatements[] =
    "SELECT statement FROM seal_index WHERE statement NOT IN"
    " (SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL) ORDER BY position";
constexpr char kJournalMode[] = "PRAGMA journal_mode";

// Looks at a part of each index only: enough to tell a rare value from a common one.
constexpr char kAnalyze[] = "PRAGMA analysis_limit = 400; ANALYZE;";

absl::StatusOr<std::vector<std::string>> OpenStatements(Connection& segment) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, segment.PrepareKnown(kOpenStatements));
  std::vector<std::string> statements;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return statements;
    statements.push_back(select.Text(0));
  }
}

}  // namespace

absl::Status BuildIndexes(const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection segment, Connection::Open(path, OpenMode::kReadWrite));
  DAYBOOK_RETURN_IF_ERROR(segment.AllowOnlyAdditions());
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> statements, OpenStatements(segment));
  if (!statements.empty()) {
    DAYBOOK_RETURN_IF_ERROR(segment.InTransaction([&]() -> absl::Status {
      DAYBOOK_RETURN_IF_ERROR(FillTotals(segment));
      for (const std::string& statement : statements) {
        DAYBOOK_RETURN_IF_ERROR(segment.Execute(statement));
      }
      return segment.Execute(kAnalyze);
    }));
  }
  return segment.CheckpointAndTruncate();
}

absl::StatusOr<bool> IsSealed(const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection segment, Connection::Open(path, OpenMode::kReadOnly));
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> statements, OpenStatements(segment));
  if (!statements.empty()) return false;
  DAYBOOK_ASSIGN_OR_RETURN(Statement mode, segment.Prepare(kJournalMode));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, mode.Step());
  return has_row && mode.Text(0) != "wal";
}

}  // namespace daybook::storage::sqlite
