#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "verify/findings.h"

namespace daybook::verify {

// What a file consists of: its tables, indexes, triggers and views, and the marks in
// its header.
//
// Immutable.
class FileSchema {
 public:
  // What `ddl` makes in an empty database.
  static absl::StatusOr<FileSchema> MadeBy(const std::vector<std::string>& ddl);
  static absl::StatusOr<FileSchema> Of(db::sqlite::Connection& connection);

  // In words, the first thing in which `found` differs; "" where nothing does. What
  // ANALYZE leaves is in any.
  std::string FirstDifference(const FileSchema& found) const;

 private:
  using Name = std::pair<std::string, std::string>;  // type, name
  struct Object {
    std::string table;
    std::string sql;
    friend bool operator==(const Object&, const Object&) = default;
  };
  std::map<Name, Object> objects_;
  std::map<std::string, std::string> marks_;
};

// What each file of a store consists of, as this build knows it.
//
// Immutable.
class StoreSchema {
 public:
  static absl::StatusOr<StoreSchema> Of(int version);

  const FileSchema& ledger() const { return ledger_; }
  const FileSchema& catalog() const { return catalog_; }
  const FileSchema& segment() const { return segment_; }
  const FileSchema& sealed() const { return sealed_; }

  // Of the files that hold statements which the service runs one day.
  static absl::Status CheckStatements(db::sqlite::Connection& connection, const std::string& table,
                                      const std::vector<std::string>& right,
                                      const std::string& file, Findings& findings);

 private:
  FileSchema ledger_;
  FileSchema catalog_;
  FileSchema segment_;
  FileSchema sealed_;
};

}  // namespace daybook::verify
