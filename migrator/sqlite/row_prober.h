#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/probe_values.h"
#include "migrator/sqlite/table_shape.h"

namespace daybook::migrator::sqlite {

// Tries rows in a table, and takes each back. A row is made from one that is
// there, so that it differs from what the table takes by the values in question
// alone. Inside a transaction, with triggers and foreign keys off.
//
// Thread-compatible; one at a time for a connection.
class RowProber {
 public:
  enum class Verdict {
    kAccepted,
    kRefused,         // by the constraint that is probed
    kRefusedByOther,  // which says nothing about it
  };

  // `refusal` is SQLite's message where the constraint refuses. Nothing where the
  // table has no row to go by. `database` must outlive it.
  static absl::StatusOr<std::optional<RowProber>> Open(db::sqlite::Connection& database,
                                                       const TableShape& shape,
                                                       const std::string& refusal);

  // The row in its own place, with `values`.
  absl::StatusOr<Verdict> Insert(const ProbeCase::Values& values);
  absl::StatusOr<Verdict> Update(const ProbeCase::Values& values);
  // The row again, which gets `values` because it is there.
  absl::StatusOr<Verdict> Upsert(const ProbeCase::Values& values);

  // Forgets the row that it goes by.
  absl::Status Close();

 private:
  RowProber(db::sqlite::Connection& database, TableShape shape, std::string refusal)
      : database_(database), shape_(std::move(shape)), refusal_(std::move(refusal)) {}

  std::string Where() const;
  std::string InsertModel(const ProbeCase::Values& values) const;
  absl::StatusOr<Verdict> Try(const std::vector<std::string>& statements);

  db::sqlite::Connection& database_;
  TableShape shape_;
  std::string refusal_;
};

// What becomes of the last of `statements`, which are taken back.
absl::StatusOr<RowProber::Verdict> TryAndTakeBack(db::sqlite::Connection& database,
                                                  const std::vector<std::string>& statements,
                                                  const std::string& refusal);

}  // namespace daybook::migrator::sqlite
