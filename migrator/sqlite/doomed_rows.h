#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"

namespace daybook::migrator::sqlite {

// Rows that must leave their tables, and the rows that reference them, found in
// temporary tables on disk: there may be millions.
//
// Thread-compatible; one at a time for a connection.
class DoomedRows {
 public:
  struct Table {
    std::string name;
    int64_t rows = 0;
  };

  // The rows of `table` that meet `condition`, and all that reference them,
  // directly or through others. FAILED_PRECONDITION where a table among them
  // has no rowid by which its rows could be told.
  static absl::StatusOr<DoomedRows> Find(db::sqlite::Connection& database, const std::string& table,
                                         const std::string& condition);

  // The first is the table that was asked about.
  const std::vector<Table>& tables() const { return tables_; }

  // SQL over a row of `table`: true where it is one of them.
  static std::string Condition(const std::string& table, const std::string& rowid);

  // Forgets them.
  static absl::Status Clear(db::sqlite::Connection& database);

 private:
  std::vector<Table> tables_;
};

}  // namespace daybook::migrator::sqlite
