#pragma once

#include "absl/status/status.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/conservation.h"
#include "migrator/sqlite/plan.h"
#include "migrator/sqlite/records.h"

namespace daybook::migrator::sqlite {

// Copies of what a migration takes away, in tables of the migrator's own beside
// it: mig_archive_N, which the row N of mig_archive tells about.

// Keeps a table, or the values of a column, and proves that the copy holds what
// the original does.
absl::Status ArchiveRows(db::sqlite::Connection& database, const Archive& archive,
                         const RunIdentity& run, Conservation& books);

// Keeps the values of a column that a fill is about to replace.
absl::Status ArchiveFilled(db::sqlite::Connection& database, const Fill& fill,
                           const RunIdentity& run);

// Puts what was archived last back into a table that is there again, empty, or
// into a column. Nothing where nothing was archived.
absl::Status RestoreRows(db::sqlite::Connection& database, const Restore& restore,
                         const RunIdentity& run, Conservation& books);

}  // namespace daybook::migrator::sqlite
