#pragma once

#include <cstdint>
#include <span>
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

  // One transaction.
  absl::Status Append(std::span<const audit::v1::RecordEventRequest* const> requests);

  // The indexes that a sealed segment has for queries: persons by either id,
  // actors, resources, failures.
  absl::Status CreateIndexes();
  absl::Status DropIndexes();

  uint64_t rows() const { return rows_; }

 private:
  PlainTable(sqlite3* db, sqlite3_stmt* insert) : db_(db), insert_(insert) {}
  absl::Status Execute(const char* sql);
  absl::Status Insert(const audit::v1::RecordEventRequest& request, int64_t micros);

  sqlite3* db_;
  sqlite3_stmt* insert_;
  uint64_t rows_ = 0;
};

}  // namespace daybook::bench
