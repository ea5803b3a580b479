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

// Proves that a CHECK is enforced: writes rows at and around its bounds by
// INSERT, UPDATE and UPSERT, each alike but for the value in question to a row
// that is there. Wrong values must be refused by this constraint's name, right
// ones must go in. An empty table is stood in for by an empty copy of its
// columns that has this constraint alone.
//
// Leaves no trace: everything is rolled back, and triggers must be off. Inside a
// transaction; foreign keys must be off.
absl::StatusOr<ProbeResult> ProbeCheck(db::sqlite::Connection& database, const CheckToProve& check);

}  // namespace daybook::migrator::sqlite
