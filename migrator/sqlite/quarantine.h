#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/history.h"
#include "migrator/sqlite/records.h"
#include "migrator/sqlite/testimony.h"

namespace daybook::migrator::sqlite {

// What a row of mig_quarantine may be by now.
inline constexpr char kRowHeld[] = "held";          // kept, and not in its table
inline constexpr char kRowReplayed[] = "replayed";  // back in its table
inline constexpr char kRowConflict[] = "conflict";  // did not fit when its migration was taken back
inline constexpr char kRowPurged[] = "purged";      // its values are removed

// A row of mig_quarantine.
struct QuarantinedRow {
  KeptRow kept = {};
  int version = 0;
  std::string run_id = {};
  std::string hash = {};  // SHA-256 of the original, in hex; stays when it is purged
  std::string state = {};
  std::string kept_at = {};  // RFC 3339
};

// Rows that were kept for the same reason, and became the same.
struct QuarantineGroup {
  int version = 0;
  int step = 0;
  std::string table = {};
  std::string constraint = {};
  std::string policy = {};
  std::string state = {};
  int64_t rows = 0;
  int64_t first_id = 0;
  int64_t last_id = 0;
};

// Which rows; what is unset leaves none out.
struct QuarantineChoice {
  std::optional<int64_t> id = {};
  std::string constraint = {};
  std::string table = {};
  // The rows without their values are left out.
  bool with_values = false;
};

// The functions below find nothing in a database that has no mig_quarantine.

// In the order of versions and steps.
absl::StatusOr<std::vector<QuarantineGroup>> GroupQuarantine(db::sqlite::Connection& database);

// Calls `visit` with each row that is chosen, the last first. It may change them.
absl::Status ForEachQuarantined(db::sqlite::Connection& database, const QuarantineChoice& choice,
                                absl::FunctionRef<absl::Status(const QuarantinedRow&)> visit);

// Removes the values of the chosen rows for which `matches`; their hash, their
// rule and their number stay. Inside a transaction. Returns how many rows were
// purged.
absl::StatusOr<int64_t> PurgeRows(db::sqlite::Connection& database, const QuarantineChoice& choice,
                                  const std::function<bool(const QuarantinedRow&)>& matches);

// How many of the rows that a version took out or changed when it was applied last
// were purged; of one of its steps, where `step` is not 0.
absl::StatusOr<int64_t> CountPurged(db::sqlite::Connection& database, int version, int step);

// How many rows a run kept of what `version` took out or changed, whatever became of
// them.
absl::StatusOr<int64_t> CountKept(db::sqlite::Connection& database, int version,
                                  const std::string& run_id);

// How many rows have vanished that an applied migration kept, by what its event
// tells: they cannot be put back. 0 where the event tells nothing.
absl::StatusOr<int64_t> CountVanished(db::sqlite::Connection& database, const Testimony& testimony,
                                      int version);

// kHistoryMismatch where rows have vanished that `applied` kept.
absl::Status CheckKeptRows(db::sqlite::Connection& database, const AppliedMigration& applied);

// Whether a row has this value in this column: numbers as they are written, text
// as it is, blobs in lower-case hex. "NULL" matches nothing.
bool HasValue(const Row& row, const std::string& column, const std::string& value);

}  // namespace daybook::migrator::sqlite
