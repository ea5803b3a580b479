#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/fingerprint.h"
#include "migrator/sqlite/schema_model.h"

namespace daybook::migrator::app {

// What a database holds of an application: nothing of what the migrator keeps in
// it.
struct Holdings {
  sqlite::SchemaModel schema;
  std::map<std::string, sqlite::Fingerprint> tables;  // by name
  std::map<std::string, int64_t> sequences;           // of AUTOINCREMENT, by table
};

// Reads every row.
absl::StatusOr<Holdings> ReadHoldings(db::sqlite::Connection& database);

// A sentence for each thing that `found` does not hold as `expected` does; none
// names a value.
std::vector<std::string> Differences(const Holdings& expected, const Holdings& found);

}  // namespace daybook::migrator::app
