#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/fingerprint.h"
#include "migrator/sqlite/plan.h"
#include "migrator/sqlite/row.h"

namespace daybook::migrator::sqlite {

// Keeps a migration to account for every row of every table: what was there,
// less what was recorded as taken away, plus what was recorded as put in, is
// what must be there.
//
// Thread-compatible.
class Conservation {
 public:
  // Reads all tables as they are before the first action of `plan`.
  static absl::StatusOr<Conservation> Begin(db::sqlite::Connection& database, const Plan& plan);

  // What the actions recorded.
  void RowWent(const std::string& table, const Row& row);
  void RowCame(const std::string& table, const Row& row);
  // A row that went or was changed, and is kept as it was in mig_quarantine.
  void RowKept(const Row& row);
  // A table that goes, or comes back, holding what `fingerprint` says.
  void TableWent(const std::string& table);
  void TableCame(const std::string& table, const std::vector<std::string>& columns,
                 const Fingerprint& fingerprint);

  // Reads all tables again: a sentence for each that does not hold what it must.
  absl::StatusOr<std::vector<std::string>> Differences(db::sqlite::Connection& database) const;

  // What mig_quarantine must have been given.
  const Fingerprint& kept() const { return kept_; }

  // How many rows each table had, by name.
  std::map<std::string, uint64_t> RowsBefore() const;

 private:
  struct Account {
    std::string table;
    std::vector<std::string> columns = {};  // those whose values must be kept
    uint64_t rows_before = 0;
    Fingerprint expected;
  };

  Account* Find(const std::string& table);

  std::vector<Account> accounts_;
  std::vector<std::string> exempt_;  // tables of which nothing can be said
  Fingerprint kept_;
};

}  // namespace daybook::migrator::sqlite
