#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"

namespace daybook::migrator::sqlite {

// What a schema means, whatever words it is written in: a line for each column,
// index, foreign key, check, view and trigger, sorted. Two databases with the
// same lines take the same rows and refuse the same rows.
absl::StatusOr<std::vector<std::string>> SchemaShape(db::sqlite::Connection& database);

}  // namespace daybook::migrator::sqlite
