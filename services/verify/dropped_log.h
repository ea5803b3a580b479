#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

#include "db/sqlite/store_layout.h"
#include "verify/advance.h"
#include "verify/findings.h"
#include "verify/ledger_records.h"
#include "verify/unit_result.h"

namespace daybook::verify {

// Of so many in a row nothing is left: whatever lies behind them is none of the log. A bound
// on what a wrong number makes a verification read.
inline constexpr uint64_t kMostLost = 10'000;

// Where a log begins by what `records` say; where that cannot be, by the files that
// there are, and that is a finding.
uint64_t FindBegin(const LedgerRecords& records, uint64_t segment_events,
                   const std::vector<uint64_t>& numbers, Findings& findings);

// Takes those out of `numbers` that are too far behind the others, or behind segment `first`
// of the log, which is a finding.
void TakeOutStrays(uint64_t first, std::vector<uint64_t>& numbers, Findings& findings);

// What remains of the events below `begin`, as if they were a unit without rows: the
// hashes of their blocks as ledger.db keeps them, what the checkpoints among `heads` that
// end there are proven with, and what the service said of the log. Only a checkpoint that
// holds shows that the hashes are those of the events. There may be much, so `advance` is
// told. Errors as of reading ledger.db.
absl::StatusOr<UnitResult> ReadDropped(const db::sqlite::StoreLayout& layout, uint64_t begin,
                                       const LedgerRecords& records,
                                       const std::vector<SignedHead>& heads,
                                       const Advance& advance);

}  // namespace daybook::verify
