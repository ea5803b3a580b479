#pragma once

#include <span>
#include <vector>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/app/options.h"
#include "migrator/app/preflight.h"

namespace daybook::migrator::app {

// What writing a whole database anew takes at most, as a multiple of it.
double RoomToWriteAnew(bool is_wal);

// Whether a run over these plans has the room that it may need at most: beside
// the database, where one of them writes tables anew (to change the schema's text
// takes hardly any), and in the folder of the backups, which must be writable.
absl::StatusOr<std::vector<Check>> CheckSpace(db::sqlite::Connection& database,
                                              const Options& options,
                                              std::span<const Prepared> plans);

}  // namespace daybook::migrator::app
