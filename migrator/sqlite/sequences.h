#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"

namespace daybook::migrator::sqlite {

// The greatest number that AUTOINCREMENT has given out, by table. Empty where no
// table has it; one that never had a row is not in it.
absl::StatusOr<std::map<std::string, int64_t>> Sequences(db::sqlite::Connection& database);

// Of one table.
absl::StatusOr<std::optional<int64_t>> SequenceOf(db::sqlite::Connection& database,
                                                  const std::string& table);

// Makes it so again; nothing where the table never had a row. `table` is spelled
// as it was created.
absl::Status SetSequence(db::sqlite::Connection& database, const std::string& table,
                         const std::optional<int64_t>& sequence);

}  // namespace daybook::migrator::sqlite
