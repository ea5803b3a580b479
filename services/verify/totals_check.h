#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"

#include "db/sqlite/connection.h"
#include "storage/event_totals.h"
#include "storage/sqlite/totals_rows.h"
#include "verify/findings.h"
#include "verify/row_check.h"

namespace daybook::verify {

// The totals of one segment, held against its rows: what counts and adds up events of a kind
// believes them.
//
// Thread-compatible.
class TotalsCheck {
 public:
  // One that is not sealed has none.
  explicit TotalsCheck(bool is_sealed) : is_sealed_(is_sealed) {}

  // Takes the next row.
  void Add(const RowCheck& row);

  // Compares with the file; all rows have been added, up to `end`.
  absl::Status Compare(db::sqlite::Connection& segment, uint64_t end, const std::string& file,
                       Findings& findings);

 private:
  void EndBlock();

  const bool is_sealed_;
  storage::TotalsOfBlock block_;
  uint64_t in_block_ = 0;
  Seq first_{0};  // of the block
  std::vector<storage::sqlite::TotalsRow> expected_;
};

}  // namespace daybook::verify
