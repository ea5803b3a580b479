#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/history.h"
#include "migrator/sqlite/records.h"

namespace daybook::migrator::green {

// What a database held when it took the place of another, and what that one held:
// by it is known later whether anybody has written to either since. An event
// `migration.switched` of the history, hash-chained like all of them.
struct Switched {
  std::string blue_rows;   // DigestOfRows()
  std::string green_rows;  // likewise
};

// Inside a transaction on the database that is about to take the place.
absl::Status RecordSwitch(db::sqlite::Connection& green, const sqlite::RunIdentity& run,
                          const Switched& switched);

// Of the run that applied `applied`; nothing where it was applied in place.
absl::StatusOr<std::optional<Switched>> FindSwitch(db::sqlite::Connection& database,
                                                   const sqlite::AppliedMigration& applied);

}  // namespace daybook::migrator::green
