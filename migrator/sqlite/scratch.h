#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/schema_model.h"

namespace daybook::migrator::sqlite {

// An empty database in memory with the schema of a model: where it shows whether
// SQLite takes a schema, and what statements make of it, before anything that
// matters is touched.
//
// Thread-compatible.
class Scratch {
 public:
  // FAILED_PRECONDITION where SQLite does not take an object, naming it.
  static absl::StatusOr<Scratch> Open(const SchemaModel& model);

  db::sqlite::Connection& database() { return database_; }

  // Whether an index of `table` begins with `columns`, in any order.
  absl::StatusOr<bool> IsServedByIndex(const std::string& table,
                                       const std::vector<std::string>& columns);

  // The indexes of `table` that name `column`, in a key, an expression or a
  // condition.
  absl::StatusOr<std::vector<std::string>> IndexesOver(const std::string& table,
                                                       const std::string& column);

  // Runs statements, and tells the schema they leave. FAILED_PRECONDITION where
  // they fail.
  absl::StatusOr<SchemaModel> After(const std::string& sql);

  // What cannot be used: views that cannot be read, and tables whose triggers do
  // not compile or whose foreign keys find nothing that is unique, each with
  // SQLite's reason. The last thing that is asked of it.
  absl::StatusOr<std::vector<std::string>> Unusable(const SchemaModel& model);

 private:
  explicit Scratch(db::sqlite::Connection database) : database_(std::move(database)) {}

  db::sqlite::Connection database_;
};

}  // namespace daybook::migrator::sqlite
