#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "core/ids.h"
#include "db/sqlite/connection.h"
#include "storage/event_totals.h"

namespace daybook::storage::sqlite {

// What the table totals of a segment says: docs/storage.md, "Totals".

// A row of the table: what the events of one kind in a block come to.
struct TotalsRow {
  Seq block{0};  // its first event
  EventKind kind = {};
  EventTotals totals = {};
};

std::vector<TotalsRow> RowsOf(Seq block, const TotalsByKind& kinds);

// The rows for a block, from those of its events first … last (both inclusive). None where it
// has no totals, or an event is missing.
absl::StatusOr<std::vector<TotalsRow>> SumUp(db::sqlite::Connection& segment, Seq first, Seq last);

// Fills the table from the events of a full segment; within a transaction of the caller.
absl::Status FillTotals(db::sqlite::Connection& segment);

// The rows of the blocks that begin at first … last (both inclusive), in order.
absl::StatusOr<std::vector<TotalsRow>> ReadTotals(db::sqlite::Connection& segment, Seq first,
                                                  Seq last);

}  // namespace daybook::storage::sqlite
