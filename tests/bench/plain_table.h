#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "daybook/audit/v1/audit_service.pb.h"

struct sqlite3;
struct sqlite3_stmt;

namespace daybook::bench {

// What a team would write by hand: one table in one SQLite file, WAL,
// synchronous=FULL, a prepared INSERT. No hashes, salts or checks.
//
// Thread-compatible.
class PlainTable {
 public:
  // Makes the file, without indexes.
  static absl::StatusOr<PlainTable> Create(const std::string& path);
  ~PlainTable();
  PlainTable(PlainTable&& other) noexcept;
  PlainTable& operator=(PlainTable&&) = delete;

  // A transaction: on disk when Commit returns, unless it is in a hurry.
  absl::Status Begin();
  absl::Status Add(const audit::v1::RecordEventRequest& request);
  // With a record time in microseconds of its own, instead of the transaction's.
  absl::Status AddAt(int64_t micros, const audit::v1::RecordEventRequest& request);
  absl::Status Commit();

  // Makes the indexes that a sealed segment has for queries: persons by either
  // id, actors, resources, failures.
  absl::Status CreateIndexes();

  // In a hurry it syncs nothing and has a large cache, to get to a size quickly;
  // indexes grow as they always do.
  absl::Status Hurry();
  absl::Status StopHurrying();

  uint64_t rows() const { return rows_; }

 private:
  PlainTable(sqlite3* db, sqlite3_stmt* insert) : db_(db), insert_(insert) {}
  absl::Status Execute(const char* sql);

  sqlite3* db_;
  sqlite3_stmt* insert_;
  uint64_t rows_ = 0;
  int64_t micros_ = 0;  // the record time of the transaction
};

}  // namespace daybook::bench
