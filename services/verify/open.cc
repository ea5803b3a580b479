#include "verify/open.h"

#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"

namespace daybook::verify {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;

// A whole segment is read once, from end to end.
constexpr char kMap[] = "PRAGMA mmap_size = 1073741824";

absl::StatusOr<bool> HasJournal(const std::string& path) {
  for (const char* const suffix : {"-wal", "-shm", "-journal"}) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool exists, db::sqlite::Exists(path + suffix));
    if (exists) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<Connection> OpenToRead(const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_journal, HasJournal(path));
  DAYBOOK_ASSIGN_OR_RETURN(
      Connection connection,
      Connection::Open(path, has_journal ? OpenMode::kReadOnly : OpenMode::kImmutable));
  DAYBOOK_RETURN_IF_ERROR(connection.Execute("BEGIN"));
  return connection;
}

absl::StatusOr<Connection> OpenSealed(const std::string& path, Access access) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection connection, Connection::Open(path, OpenMode::kImmutable));
  if (access == Access::kMapped) DAYBOOK_RETURN_IF_ERROR(connection.Execute(kMap));
  return connection;
}

}  // namespace daybook::verify
