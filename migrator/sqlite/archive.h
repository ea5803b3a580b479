#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/conservation.h"
#include "migrator/sqlite/plan.h"
#include "migrator/sqlite/records.h"

namespace daybook::migrator::sqlite {

// Copies of what a migration takes away, in tables of the migrator's own beside
// it: mig_archive_N, which the row N of mig_archive tells about. Rows are told by
// the primary key where there is one, as rowids change when a database is dumped
// or compacted. An archive that was changed by others is not put back:
// kVerification.

// Keeps a table, or the values of a column, and proves that the copy holds what
// the original does.
absl::Status ArchiveRows(db::sqlite::Connection& database, const Archive& archive,
                         const RunIdentity& run, Conservation& books);

// Gives a column values, and keeps for each row that gets one what was there and
// what it is now.
absl::Status FillColumn(db::sqlite::Connection& database, const Fill& fill, const RunIdentity& run);

// Puts what was archived last back into a table that is there again, empty; or
// into the rows of a column that are still what the fill made them. Returns how
// many rows it left, because somebody has changed them since.
absl::StatusOr<int64_t> RestoreRows(db::sqlite::Connection& database, const Restore& restore,
                                    const RunIdentity& run, Conservation& books);

// What was archived of a column that is there again, for a table that is being
// written anew.
struct ArchivedColumn {
  KeptTable kept;
  std::string value;  // SQL over a row of the table; `otherwise` where none was kept
};
absl::StatusOr<std::optional<ArchivedColumn>> FindArchivedColumn(db::sqlite::Connection& database,
                                                                 const Restore& column,
                                                                 const std::string& otherwise,
                                                                 const RunIdentity& run);

// Forgets an archive that was put back.
absl::Status DropArchive(db::sqlite::Connection& database, const KeptTable& kept);

}  // namespace daybook::migrator::sqlite
