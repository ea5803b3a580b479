#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"

namespace daybook::migrator::sqlite {

// What ANALYZE has found out about a table, by which SQLite plans queries. It goes
// with the table when that is dropped; put back word for word, it leaves plans as
// they were, at no cost.
//
// Thread-compatible; one at a time for a connection.
class Statistics {
 public:
  static absl::StatusOr<Statistics> Keep(db::sqlite::Connection& database,
                                         const std::string& table);
  absl::Status PutBack(db::sqlite::Connection& database);

 private:
  std::vector<std::string> kept_;  // the tables of SQLite that hold some
};

}  // namespace daybook::migrator::sqlite
