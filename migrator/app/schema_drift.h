#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/schema_model.h"

namespace daybook::migrator::app {

// How the schema differs from what the last migration left.
struct SchemaDrift {
  int version = 0;  // of that migration; 0 where none was ever applied
  std::vector<sqlite::SchemaChange> changes = {};
  // The record of the schema is not the one that the migration left.
  bool is_record_changed = false;

  bool IsNone() const { return changes.empty() && !is_record_changed; }
  // A sentence of all that differs.
  std::string Summary() const;
};

// "was added", "was changed" or "is gone".
std::string WordFor(const sqlite::SchemaChange& change);

absl::StatusOr<SchemaDrift> ReadDrift(db::sqlite::Connection& database);

}  // namespace daybook::migrator::app
