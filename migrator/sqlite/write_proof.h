#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"

namespace daybook::migrator::sqlite {

// Proves that between two moments of a transaction no row of the application was
// written: its connection could write none but the schema's and the migrator's
// own, and every table and index begins where it did.
//
// Thread-compatible.
class WriteProof {
 public:
  // From here on `database` cannot write to other tables. It must outlive this.
  static absl::StatusOr<WriteProof> Begin(db::sqlite::Connection& database);

  // Lifts the restriction. kVerification where something was moved.
  absl::Status End();

 private:
  explicit WriteProof(db::sqlite::Connection& database) : database_(database) {}

  db::sqlite::Connection& database_;
  std::map<std::string, int64_t> root_pages_;
};

}  // namespace daybook::migrator::sqlite
