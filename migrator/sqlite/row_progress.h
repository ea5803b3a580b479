#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/observer.h"
#include "migrator/sqlite/table_shape.h"

namespace daybook::migrator::sqlite {

// About how many rows a table has, by its lowest and highest rowid: nothing else
// is read for it. 0 where that cannot be told.
absl::StatusOr<uint64_t> RoughRows(db::sqlite::Connection& database, const TableShape& shape);
absl::StatusOr<uint64_t> RoughRows(db::sqlite::Connection& database,
                                   const std::vector<TableShape>& shapes);

// Tells an observer how many rows of several tables were read.
//
// Thread-compatible.
class RowProgress {
 public:
  // `work` of about `all` rows. `observer` must outlive it; nullptr hears nothing.
  RowProgress(Observer* observer, std::string work, uint64_t all)
      : observer_(observer), work_(std::move(work)), all_(all) {}

  // One row more.
  void Add() {
    constexpr uint64_t kRowsBetweenCalls = 4'096;
    if (++rows_ % kRowsBetweenCalls == 0 && observer_ != nullptr) {
      observer_->Progress(work_, rows_, all_);
    }
  }

 private:
  Observer* const observer_;
  const std::string work_;
  const uint64_t all_;
  uint64_t rows_ = 0;
};

}  // namespace daybook::migrator::sqlite
