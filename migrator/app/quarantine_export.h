#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"

namespace daybook::migrator::app {

// What was written.
struct Exported {
  int64_t rows = 0;
  std::string sha256 = {};  // of all lines before the last, in hex
};

// Writes every row of mig_quarantine to a new file that only its owner may read:
// a JSON object a line, the last row first, and a last line
// {"rows":…,"sha256":…} over all bytes before it. The file is on disk then; on
// any error there is none.
//
// Failures: kUsage where there is such a file already, kResources where it cannot
// be written.
absl::StatusOr<Exported> ExportQuarantine(db::sqlite::Connection& database,
                                          const std::string& path);

}  // namespace daybook::migrator::app
