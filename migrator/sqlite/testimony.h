#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/history.h"

namespace daybook::migrator::sqlite {

// What the chain of mig_event says was done. Whoever edits mig_history leaves it
// standing, and its hashes tell when it was edited itself.
struct Testimony {
  int version = 0;                // where the last event left the database
  std::string schema_after = {};  // SchemaModel::Digest() then; "" where it is not told
  // The versions in place, as far as their events tell of them.
  std::map<int, AppliedMigration> applied = {};
  // How many rows each of them took out or changed and kept, where that is told.
  std::map<int, int64_t> kept_rows = {};

  // Whether a version in place was found there when migrations began.
  bool HasBaseline() const;
};

// DATA_LOSS where the chain is broken, or says what nobody can read.
absl::StatusOr<Testimony> ReadTestimony(db::sqlite::Connection& database);

}  // namespace daybook::migrator::sqlite
