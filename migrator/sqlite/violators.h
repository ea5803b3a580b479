#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/plan.h"

namespace daybook::migrator::sqlite {

// By what the first ten rows that break a constraint are known: "id 3, id 7". Keys
// that are integers are told; of others, which may say something of people, only
// that there are any.
absl::StatusOr<std::string> DescribeViolators(db::sqlite::Connection& database, const Mend& mend);

}  // namespace daybook::migrator::sqlite
