#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/plan.h"

namespace daybook::migrator::sqlite {

// What the probes of a constraint found.
struct ProbeResult {
  int accepted = 0;  // rows that went in, as they must
  int refused = 0;   // rows that this constraint refused, as it must
  // What is not as it must be; empty where the constraint is proved.
  std::vector<std::string> faults;
};

// Both prove that a constraint is enforced: rows at and around its bounds are
// written by INSERT, UPDATE and UPSERT, each alike but for the value in question
// to a row that is there. Wrong values must be refused by this very constraint,
// right ones must go in. Where the table has no row, or its other constraints are
// in the way of all wrong values or all right ones, a copy of its columns that
// has this constraint alone stands in.
//
// Leaves no trace: everything is rolled back. Inside a transaction, with triggers
// and foreign keys off.

absl::StatusOr<ProbeResult> ProbeCheck(db::sqlite::Connection& database, const CheckToProve& check);

absl::StatusOr<ProbeResult> ProbeNotNull(db::sqlite::Connection& database,
                                         const NotNullToProve& not_null);

}  // namespace daybook::migrator::sqlite
