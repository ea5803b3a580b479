#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/quarantine.h"
#include "migrator/sqlite/records.h"

namespace daybook::migrator::sqlite {

// What a replay did.
struct Replayed {
  int64_t rows_back = 0;  // in their tables, and marked as replayed
  int64_t rows_left = 0;  // as they were, in mig_quarantine
  // Why some of those stay, by their ids: the first hundred.
  std::map<int64_t, std::string> obstacles = {};
};

// Puts the originals of the chosen rows back into their tables, those that fit:
// no constraint refuses them, no other row has their key, and every row that they
// reference is there. What replaced one of them goes. All in one transaction,
// after which every row of every table is accounted for; the same again changes
// nothing. No trigger fires, and nothing cascades.
//
// The caller holds the migrator's lock; `database` was opened as kForeign.
// Failures: kVerification where rows are not what they must be, kServiceLive
// where others are writing; nothing is changed then.
absl::StatusOr<Replayed> ReplayRows(db::sqlite::Connection& database,
                                    const QuarantineChoice& choice, const RunIdentity& run);

}  // namespace daybook::migrator::sqlite
