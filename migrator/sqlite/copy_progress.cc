#include "migrator/sqlite/copy_progress.h"

#include <string>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/sqlite/row_progress.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {

absl::StatusOr<CopyProgress> CopyProgress::Begin(db::sqlite::Connection& database,
                                                 const TableShape& from, Observer* observer) {
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t all, RoughRows(database, from));
  if (all == 0 || observer == nullptr) return CopyProgress(nullptr);
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t lowest,
                           database.QueryInteger(absl::StrCat("SELECT min(", from.rowid, ") FROM ",
                                                              sqltext::QuoteName(from.name))));
  database.WatchInserts(
      [observer, all, lowest, work = absl::StrCat("writing ", from.name)](int64_t rowid) {
        // Until its first row is written, the last one was another table's.
        const uint64_t done = static_cast<uint64_t>(rowid) - static_cast<uint64_t>(lowest) + 1;
        if (rowid >= lowest && done <= all) observer->Progress(work, done, all);
      });
  return CopyProgress(&database);
}

CopyProgress::~CopyProgress() {
  if (database_ != nullptr) database_->WatchInserts({});
}

}  // namespace daybook::migrator::sqlite
