#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "daybook/migration/v1/record.pb.h"
#include "db/sqlite/connection.h"
#include "migrator/sqlite/observer.h"

namespace daybook::migrator::backup {

using Contents = migration::v1::DatabaseContents;
using TableContents = migration::v1::TableContents;

// Reads every row of every table, the migrator's and SQLite's own among them.
// `observer`, where there is one, hears how far `work` is.
absl::StatusOr<Contents> ReadContents(db::sqlite::Connection& database,
                                      sqlite::Observer* observer = nullptr,
                                      const std::string& work = "reading rows");

// A sentence for each thing that `found` does not hold as `expected` does.
std::vector<std::string> Differences(const Contents& expected, const Contents& found);

// nullptr where there is no such table.
const TableContents* FindTable(const Contents& contents, const std::string& name);

}  // namespace daybook::migrator::backup
