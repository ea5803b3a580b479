#include "verify/open.h"

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"

namespace daybook::verify {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;

// A whole segment is read once, from end to end.
constexpr char kMap[] = "PRAGMA mmap_size = 1073741824";

// The transaction begins when it reads.
constexpr char kBegin[] = "BEGIN; SELECT count(*) FROM sqlite_schema";

// What was under way can only be taken back by writing.
absl::Status CutOff(const std::string& path) {
  return ErrorWithReason(
      absl::StatusCode::kFailedPrecondition, Reason::kStoreReadOnly,
      absl::StrCat(path,
                   " was being changed when the service was killed, or the disk copied: start"
                   " daybookd on it, or on a copy, which takes back what was not complete"));
}

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
  const absl::Status begun = connection.Execute(kBegin);
  if (ReasonIn(begun) == ReasonName(Reason::kStoreReadOnly)) return CutOff(path);
  DAYBOOK_RETURN_IF_ERROR(begun);
  return connection;
}

absl::StatusOr<Connection> OpenSealed(const std::string& path, Access access) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection connection, Connection::Open(path, OpenMode::kImmutable));
  if (access == Access::kMapped) DAYBOOK_RETURN_IF_ERROR(connection.Execute(kMap));
  return connection;
}

}  // namespace daybook::verify
