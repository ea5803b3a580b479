#include "migrator/backup/journal_mode.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"

namespace daybook::migrator::backup {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::db::sqlite::Statement;

absl::Status SetJournalMode(const std::string& path, const std::string& mode) {
  if (mode != "wal") return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, Connection::Open(path, OpenMode::kForeign));
  DAYBOOK_ASSIGN_OR_RETURN(Statement set, database.Prepare("PRAGMA journal_mode = WAL"));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, set.Step());
  if (has_row && set.Text(0) == mode) return absl::OkStatus();
  return absl::FailedPreconditionError("the database cannot be put into WAL mode");
}

}  // namespace daybook::migrator::backup
