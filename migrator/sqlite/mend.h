#pragma once

#include <cstdint>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/conservation.h"
#include "migrator/sqlite/plan.h"
#include "migrator/sqlite/records.h"

namespace daybook::migrator::sqlite {

// How many rows break the constraint that `mend` is about. SQL's third answer,
// NULL, breaks nothing.
absl::StatusOr<int64_t> CountViolations(db::sqlite::Connection& database, const Mend& mend);

// Does with the rows that break the constraint what the migration says, keeps
// each as it was, and enters it into `books`. Returns how many there were. Fails
// with kData where the migration does not say, where rows still break it
// afterwards, and where rows that must go are referenced by others that may not.
absl::StatusOr<int64_t> MendRows(db::sqlite::Connection& database, const Mend& mend,
                                 const RunIdentity& run, Conservation& books);

}  // namespace daybook::migrator::sqlite
