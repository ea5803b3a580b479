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

// The totals of one sealed segment, held against its rows: what counts and adds up events of a
// kind believes them.
//
// Thread-compatible.
class TotalsCheck {
 public:
  // Takes the next row.
  void Add(const RowCheck& row);

  // Compares with the file; all rows have been added.
  absl::Status Compare(db::sqlite::Connection& segment, const std::string& file,
                       Findings& findings);

 private:
  void EndBlock();

  storage::TotalsOfBlock block_;
  uint64_t in_block_ = 0;
  uint64_t first_ = 0;  // of the block
  uint64_t end_ = 0;    // of the rows
  std::vector<storage::sqlite::TotalsRow> expected_;
};

}  // namespace daybook::verify
