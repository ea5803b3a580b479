#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/conservation.h"
#include "migrator/sqlite/plan.h"
#include "migrator/sqlite/records.h"

namespace daybook::migrator::sqlite {

// Whether it says what becomes of the rows.
bool Decides(const migration::v1::OnViolation& policy);

// How many rows break the constraint that `mend` is about. SQL's third answer,
// NULL, breaks nothing.
absl::StatusOr<int64_t> CountViolations(db::sqlite::Connection& database, const Mend& mend);

// The rowids of the first rows that break it, `limit` at most. Empty where the
// table has none: a key of text may be somebody's name.
absl::StatusOr<std::vector<int64_t>> FirstViolations(db::sqlite::Connection& database,
                                                     const Mend& mend, int limit);

// Does with the rows that break the constraint what the migration says, keeps
// each as it was, and enters it into `books`. Returns how many there were. Fails
// with kData where the migration does not say, where rows still break it
// afterwards, and where rows that must go are referenced by others that may not.
absl::StatusOr<int64_t> MendRows(db::sqlite::Connection& database, const Mend& mend,
                                 const RunIdentity& run, Conservation& books);

}  // namespace daybook::migrator::sqlite
