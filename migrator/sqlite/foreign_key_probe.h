#pragma once

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/plan.h"
#include "migrator/sqlite/probe.h"

namespace daybook::migrator::sqlite {

// Proves that a foreign key is enforced as it was declared, where programs have
// foreign keys on: a row that names no parent row is refused, deleting or changing
// a parent row does to the rows that name it what the key says, and a parent row
// that nobody names can go. Tried on rows that are there; where there are none, or
// another foreign key has a say in what becomes of them, on a copy of the two
// tables that has this key alone.
//
// Leaves no trace: everything is rolled back, no trigger fires, and the connection
// is as it was. Outside a transaction, or FAILED_PRECONDITION: only there foreign
// keys can be switched on.
absl::StatusOr<ProbeResult> ProbeForeignKey(db::sqlite::Connection& database,
                                            const ForeignKeyToProve& key);

}  // namespace daybook::migrator::sqlite
