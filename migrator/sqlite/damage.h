#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"

namespace daybook::migrator::sqlite {

// What SQLite finds damaged in a database, all of which it reads; at most `most`
// findings. Rows that break a rule of their table are no damage: to mend such rows
// is what migrations are for.
absl::StatusOr<std::vector<std::string>> FindDamage(db::sqlite::Connection& database, size_t most);

}  // namespace daybook::migrator::sqlite
