#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct sqlite3_stmt;
struct sqlite3_value;

namespace daybook::db::sqlite {

enum class ValueType { kNull, kInteger, kReal, kText, kBlob };

// A value of a row: one of both, or neither where it is NULL or a real number.
struct Cell {
  ValueType type = ValueType::kNull;
  int64_t integer = 0;
  absl::string_view bytes = {};  // of text or a blob
};

// Makes `cell` what SQLite holds, which keeps the bytes.
void Take(sqlite3_value* value, Cell& cell);

// A prepared statement. Parameters count from 1, columns from 0.
//
// Thread-compatible, together with its connection.
class Statement {
 public:
  // Text and blobs are not copied: they must outlive the steps that follow. A
  // bind that fails is reported by the next Step or Run.
  void BindInteger(int parameter, int64_t value);
  void BindReal(int parameter, double value);
  void BindText(int parameter, absl::string_view value);
  void BindBlob(int parameter, absl::string_view value);
  void BindNull(int parameter);
  // What only a function that asks for this `type`, a literal, gets to see.
  void BindPointer(int parameter, void* pointer, const char* type);

  // Goes to the next row; false where there is none.
  absl::StatusOr<bool> Step();

  // Steps through to the end, then resets.
  absl::Status Run();

  // Makes it ready to run again; parameters keep their values.
  void Reset();

  // The same, and parameters lose them.
  void Clear();

  // Columns of the row it stands on. Views live until the next Step or Reset.
  ValueType Type(int column) const;
  bool IsNull(int column) const { return Type(column) == ValueType::kNull; }
  int64_t Integer(int column) const;
  double Real(int column) const;
  absl::string_view Bytes(int column) const;  // of text or a blob
  std::string Text(int column) const { return std::string(Bytes(column)); }

  // The first of its values, as many as `cells`. Views as of Bytes(). For many rows:
  // WholeRows.
  void Read(std::span<Cell> cells) const;

  // Whether SQLite had to sort its rows since it was prepared.
  bool HasSorted() const;

  // About how many rows SQLite has looked at since this was asked last, by what its machine did:
  // what an index leads to in vain is among them, and counts about half.
  uint64_t TakeExamined();

  // What the statement returns, known before its first row.
  int ColumnCount() const;
  std::string ColumnName(int column) const;

 private:
  friend class Connection;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };

  // Takes `statement` over.
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  absl::Status ErrorOf(int code) const;

  // SQLite's own interface: SQLiteCpp's costs a call on every value it binds or
  // reads, and this one is used for each value of each row.
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bind_code_ = 0;  // of the first bind that failed
};

}  // namespace daybook::db::sqlite
