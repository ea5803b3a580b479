#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "core/clock.h"
#include "db/sqlite/connection.h"
#include "migrator/sqlite/fingerprint.h"
#include "migrator/sqlite/row.h"

namespace daybook::migrator::sqlite {

// Which run of the migrator does something, to which version.
struct RunIdentity {
  std::string run_id;
  int version = 0;
  const Clock& clock;
};

// A row that a step took out of its table or changed.
struct KeptRow {
  int64_t id = 0;
  int step = 0;
  std::string table;
  std::string constraint;
  std::string policy;
  Row original = {};
  std::optional<Row> replacement = {};
};

// What a step kept of a table or a column before it went.
struct KeptTable {
  int64_t id = 0;
  int step = 0;
  std::string table;
  std::string column = {};
  std::string archive;  // the table that holds it
  std::string fingerprint = {};
  uint64_t rows = 0;
  std::optional<int64_t> sequence = {};  // what AUTOINCREMENT had given out
};

// Makes the migrator's own tables where they are missing. Plain tables that any
// SQLite of the last ten years can open: the applications' may be old.
absl::Status CreateRecords(db::sqlite::Connection& database);

// Whether they are there.
absl::StatusOr<bool> HasRecords(db::sqlite::Connection& database);

// Writes mig_quarantine.
class RowKeeper {
 public:
  static absl::StatusOr<RowKeeper> Open(db::sqlite::Connection& database, const RunIdentity& run);
  absl::Status Keep(const KeptRow& row);

 private:
  RowKeeper(db::sqlite::Statement insert, const RunIdentity& run)
      : insert_(std::move(insert)), run_(run) {}
  db::sqlite::Statement insert_;
  const RunIdentity& run_;
};

// Calls `visit` with each row that `step` of `version` keeps still, the last
// first.
absl::Status ForEachKeptRow(db::sqlite::Connection& database, int version, int step,
                            absl::FunctionRef<absl::Status(const KeptRow&)> visit);

// How many rows mig_quarantine has in each state; none where it is missing.
absl::StatusOr<std::map<std::string, int64_t>> CountKeptRows(db::sqlite::Connection& database);

// The greatest id of mig_quarantine; 0 where it is empty.
absl::StatusOr<int64_t> LastKeptRow(db::sqlite::Connection& database);

// What the rows of mig_quarantine behind `id` say that was there, read back from
// their JSON.
absl::StatusOr<Fingerprint> FingerprintOfKeptRows(db::sqlite::Connection& database, int64_t id);

// Says what became of kept rows and tables: "replayed", "conflict".
absl::Status SetRowState(db::sqlite::Connection& database, int64_t id, const std::string& state);
absl::Status SetTableState(db::sqlite::Connection& database, int64_t id, const std::string& state);

// mig_archive.
absl::Status KeepTable(db::sqlite::Connection& database, const RunIdentity& run,
                       const KeptTable& kept);
// The last that `step` of `version` keeps still of a table or column.
absl::StatusOr<std::optional<KeptTable>> FindKeptTable(db::sqlite::Connection& database,
                                                       int version, int step,
                                                       const std::string& table,
                                                       const std::string& column);

}  // namespace daybook::migrator::sqlite
