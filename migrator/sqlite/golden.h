#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "daybook/migration/v1/migration.pb.h"
#include "db/sqlite/connection.h"
#include "migrator/sqlite/questions.h"

namespace daybook::migrator::sqlite {

// How a golden query went.
struct GoldenRun {
  Answer rows;
  absl::Duration p95;
};

// Runs the golden queries and times them. Those that cannot be run, as over a
// table that is still to come, are left out.
absl::StatusOr<std::map<std::string, GoldenRun>> RunGoldenQueries(
    db::sqlite::Connection& database, const migration::v1::Migration& migration);

// A sentence for each golden query that cannot be run, returns other rows, has
// become slower than it may, or whose plan lacks an index that it must use.
// Differences below a millisecond are noise.
absl::StatusOr<std::vector<std::string>> GoldenFaults(
    db::sqlite::Connection& database, const migration::v1::Migration& migration,
    const std::map<std::string, GoldenRun>& before);

}  // namespace daybook::migrator::sqlite
