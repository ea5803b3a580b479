#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/fingerprint.h"
#include "migrator/sqlite/observer.h"
#include "migrator/sqlite/plan.h"
#include "migrator/sqlite/row.h"
#include "migrator/sqlite/row_progress.h"

namespace daybook::migrator::sqlite {

// Keeps a migration to account for every row of every table: what was there,
// less what was recorded as taken away, plus what was recorded as put in, is
// what must be there.
//
// Thread-compatible.
class Conservation {
 public:
  // Reads all tables as they are before the first action of `plan`. `observer`,
  // where there is one, must outlive it and hears of the rows read.
  static absl::StatusOr<Conservation> Begin(db::sqlite::Connection& database, const Plan& plan,
                                            Observer* observer = nullptr);

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
  absl::StatusOr<std::vector<std::string>> Differences(db::sqlite::Connection& database);

  // What mig_quarantine must have been given.
  const Fingerprint& kept() const { return kept_; }

  // How many rows each table had, by name; and had when Differences read it.
  std::map<std::string, uint64_t> RowsBefore() const;
  const std::map<std::string, uint64_t>& RowsAfter() const { return rows_after_; }

 private:
  struct Account {
    std::string table;
    std::vector<std::string> columns = {};  // those whose values must be kept
    uint64_t rows_before = 0;
    Fingerprint expected;
  };

  Account* Find(const std::string& table);
  absl::StatusOr<std::string> Difference(db::sqlite::Connection& database, const Account& account,
                                         RowProgress& progress);

  Observer* observer_ = nullptr;
  std::vector<Account> accounts_;
  std::vector<std::string> exempt_;  // tables of which nothing can be said
  Fingerprint kept_;
  std::map<std::string, uint64_t> rows_after_;
};

}  // namespace daybook::migrator::sqlite
