#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/foreign_keys.h"
#include "migrator/sqlite/table_shape.h"

namespace daybook::migrator::sqlite {

// Rows that must leave their tables, and the rows that reference them, found in
// temporary tables on disk: there may be millions.
//
// Thread-compatible; one at a time for a connection.
class DoomedRows {
 public:
  struct Table {
    TableShape shape;
    std::string list;  // the temporary table
    int64_t rows = 0;
  };

  // The rows of `table` that meet `condition`, and all that reference them by
  // `keys`, directly or through others. kRefused where a table among them has
  // nothing by which its rows could be told apart.
  static absl::StatusOr<DoomedRows> Find(db::sqlite::Connection& database, const std::string& table,
                                         const std::string& condition,
                                         const std::vector<ForeignKey>& keys);

  // Those that were looked at; some may have none. The first is the one that was
  // asked about.
  const std::vector<Table>& tables() const { return tables_; }

  // How many rows of that one meet the condition; its others reference them.
  int64_t asked_for() const { return asked_for_; }

  // SQL over a row of `table`: true where it is one of them.
  static std::string Condition(const Table& table);

  // Forgets them.
  absl::Status Clear(db::sqlite::Connection& database);

 private:
  DoomedRows() = default;

  const Table* Find(const std::string& table) const;
  absl::Status Add(db::sqlite::Connection& database, const std::string& table);
  absl::StatusOr<bool> Grow(db::sqlite::Connection& database, const std::vector<ForeignKey>& keys,
                            int64_t generation);
  absl::StatusOr<int64_t> AddChildren(db::sqlite::Connection& database, const ForeignKey& key,
                                      int64_t generation);

  std::vector<Table> tables_;
  int64_t asked_for_ = 0;
};

}  // namespace daybook::migrator::sqlite
