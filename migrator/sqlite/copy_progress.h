#pragma once

#include <utility>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/observer.h"
#include "migrator/sqlite/table_shape.h"

namespace daybook::migrator::sqlite {

// While it lives, tells an observer how far the statement is that copies a table
// in the order of its rowids: by the rowid that was written last. Of tables
// without rowids nothing is told.
//
// Thread-compatible.
class CopyProgress {
 public:
  // `database` and `observer` must outlive it; nullptr hears nothing.
  static absl::StatusOr<CopyProgress> Begin(db::sqlite::Connection& database,
                                            const TableShape& from, Observer* observer);

  CopyProgress(CopyProgress&& other) noexcept
      : database_(std::exchange(other.database_, nullptr)) {}
  CopyProgress& operator=(CopyProgress&&) = delete;
  ~CopyProgress();

 private:
  explicit CopyProgress(db::sqlite::Connection* database) : database_(database) {}

  db::sqlite::Connection* database_;  // nullptr where nothing is watched
};

}  // namespace daybook::migrator::sqlite
