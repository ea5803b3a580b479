#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "daybook/importer/source_row.h"
#include "db/sqlite/connection.h"

namespace daybook::cli::importer {

// A table or view of an application, read in the order of its ids. The
// application may go on working: no lock is held between two reads, and nothing
// is written.
//
// Thread-compatible.
class SourceTable {
 public:
  // Finds the table, whatever the case of its name, and its rows so far.
  //   NOT_FOUND            no such file, table or column, or no rows
  //   FAILED_PRECONDITION  no database; or one that cannot be read so: in WAL
  //                        mode where nothing may be written beside it, with
  //                        text that is not UTF-8, ids that are no unique integers
  //   UNAVAILABLE          locked
  static absl::StatusOr<SourceTable> Open(const std::string& path, const std::string& table);

  // As the database spells it.
  const std::string& name() const { return name_; }

  bool Has(Column column) const { return has_[static_cast<size_t>(column)]; }

  // What it has besides, of which no event is made.
  const std::vector<std::string>& other_columns() const { return other_columns_; }

  // Of the rows that were there when it was opened. Without a column `id` the
  // rowid is a row's id.
  uint64_t rows() const { return rows_; }
  int64_t first_id() const { return first_id_; }
  int64_t last_id() const { return last_id_; }

  // Calls `visit` with each row up to last_id(), and ends with its error.
  absl::Status ForEachRow(absl::FunctionRef<absl::Status(const SourceRow&)> visit);

 private:
  SourceTable(db::sqlite::Connection database, std::string path)
      : database_(std::move(database)), path_(std::move(path)) {}

  absl::Status CheckEncoding();
  absl::Status FindTable(const std::string& table);
  absl::Status FindColumns();
  absl::Status MeasureRows();
  std::string Select() const;
  absl::StatusOr<std::vector<SourceRow>> ReadPage(db::sqlite::Statement& select, int64_t first_id);

  db::sqlite::Connection database_;
  std::string path_;
  std::string name_;
  bool has_id_ = false;
  std::array<bool, kColumns> has_ = {};
  std::vector<std::string> other_columns_;
  uint64_t rows_ = 0;
  int64_t first_id_ = 0;
  int64_t last_id_ = 0;
};

}  // namespace daybook::cli::importer
