#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"

namespace daybook::migrator::sqlite {

// A foreign key as SQLite understands it.
struct ForeignKey {
  std::string child;
  std::vector<std::string> columns = {};
  std::string parent;
  std::vector<std::string> parent_columns = {};  // also where the text leaves them to the key
  std::string on_delete = {};                    // as SQLite says it: "CASCADE"
  std::string on_update = {};
};

// Of all tables, in the order of their names. A key whose parent is missing, or
// has no fitting key, has no parent columns.
absl::StatusOr<std::vector<ForeignKey>> ForeignKeys(db::sqlite::Connection& database);

// SQL: true where a child's column names this parent's, as foreign keys compare
// them: by the type and the collation of the parent's column.
std::string SameKey(const std::string& parent_column, const std::string& child_column);

// SQL over a row of the child: true where it names a parent row that is not
// there. "0" where the key has no parent columns.
std::string OrphanCondition(const ForeignKey& key);

// The rows that break foreign keys, each as a line that says which and where.
absl::StatusOr<std::multiset<std::string>> ForeignKeyViolations(db::sqlite::Connection& database);

}  // namespace daybook::migrator::sqlite
