#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "daybook/migration/v1/record.pb.h"
#include "db/sqlite/connection.h"
#include "migrator/sqlite/row_progress.h"
#include "migrator/sqlite/table_shape.h"

namespace daybook::migrator::sqlite {

// What a table holds, in 40 bytes: how many rows, and the sum of their SHA-256
// modulo 2^256. The order of the rows does not matter, and rows can be added and
// taken away, so what a migration should leave can be worked out beforehand.
//
// Version 1 of the format, which docs/migrations.md describes.
class Fingerprint {
 public:
  // `row` is what RowBytes wrote.
  void Add(absl::string_view row);
  void Subtract(absl::string_view row);

  void Add(const Fingerprint& other);

  uint64_t rows() const { return rows_; }

  // "v1:COUNT:HEX".
  std::string ToString() const;

  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;

 private:
  using Sum = std::array<uint64_t, 4>;  // the least significant first
  void Add(const Sum& sum);

  uint64_t rows_ = 0;
  Sum sum_ = {};
};

// The bytes of a row that its hash is over, written value by value.
class RowBytes {
 public:
  // Begins a row that has no rowid to reach, or one.
  void Begin();
  void Begin(int64_t rowid);

  // The value that `statement` stands on.
  void Append(const db::sqlite::Statement& statement, int column);
  void Append(const migration::v1::Cell& cell);

  absl::string_view bytes() const { return bytes_; }

 private:
  void AppendSized(char tag, absl::string_view text);
  void AppendWord(char tag, uint64_t word);

  std::string bytes_;
};

// Of the rows of a table, reading only `columns`; each is told to `progress`,
// where there is one.
absl::StatusOr<Fingerprint> FingerprintOf(db::sqlite::Connection& database, const TableShape& shape,
                                          const std::vector<std::string>& columns,
                                          RowProgress* progress = nullptr);

// Writes `row`, reading only `columns` of it.
void AppendRow(const migration::v1::Row& row, const std::vector<std::string>& columns,
               RowBytes& bytes);

}  // namespace daybook::migrator::sqlite
