#include "db/sqlite/statement.h"

#include <sqlite3.h>

#include <cstdint>
#include <utility>

#include "core/status_macros.h"
#include "db/sqlite/guard.h"

namespace daybook::db::sqlite {
namespace {

// The first failure is the one to tell.
void Keep(int code, int& first) {
  if (first == SQLITE_OK) first = code;
}

absl::string_view BytesOf(sqlite3_value* value) {
  const auto* const data = static_cast<const char*>(sqlite3_value_blob(value));
  return {data, static_cast<size_t>(sqlite3_value_bytes(value))};
}

// What SQLite's machine does for a row that passes, at least.
constexpr uint64_t kStepsOfRow = 8;

}  // namespace

void Take(sqlite3_value* value, Cell& cell) {
  cell.integer = 0;
  cell.bytes = {};
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
      cell.type = ValueType::kInteger;
      cell.integer = sqlite3_value_int64(value);
      break;
    case SQLITE_FLOAT:
      cell.type = ValueType::kReal;
      break;
    case SQLITE_TEXT:
      cell.type = ValueType::kText;
      cell.bytes = BytesOf(value);
      break;
    case SQLITE_BLOB:
      cell.type = ValueType::kBlob;
      cell.bytes = BytesOf(value);
      break;
    default:
      cell.type = ValueType::kNull;
  }
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

absl::Status Statement::ErrorOf(int code) const {
  return ErrorFrom(SQLite::Exception(sqlite3_db_handle(statement_.get()), code), "step");
}

void Statement::BindInteger(int parameter, int64_t value) {
  Keep(sqlite3_bind_int64(statement_.get(), parameter, value), bind_code_);
}

void Statement::BindReal(int parameter, double value) {
  Keep(sqlite3_bind_double(statement_.get(), parameter, value), bind_code_);
}

void Statement::BindText(int parameter, absl::string_view value) {
  Keep(sqlite3_bind_text64(statement_.get(), parameter, value.data(), value.size(), SQLITE_STATIC,
                           SQLITE_UTF8),
       bind_code_);
}

void Statement::BindBlob(int parameter, absl::string_view value) {
  Keep(sqlite3_bind_blob64(statement_.get(), parameter, value.data(), value.size(), SQLITE_STATIC),
       bind_code_);
}

void Statement::BindNull(int parameter) {
  Keep(sqlite3_bind_null(statement_.get(), parameter), bind_code_);
}

void Statement::BindPointer(int parameter, void* pointer, const char* type) {
  Keep(sqlite3_bind_pointer(statement_.get(), parameter, pointer, type, nullptr), bind_code_);
}

absl::StatusOr<bool> Statement::Step() {
  if (const int failed = std::exchange(bind_code_, SQLITE_OK); failed != SQLITE_OK) {
    return ErrorOf(failed);
  }
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return ErrorOf(code);
}

absl::Status Statement::Run() {
  absl::StatusOr<bool> has_row = true;
  while (has_row.ok() && *has_row) has_row = Step();
  Reset();
  return has_row.status();
}

// Reset repeats the error of the step before it, which was told already.
void Statement::Reset() { sqlite3_reset(statement_.get()); }

void Statement::Clear() {
  Reset();
  sqlite3_clear_bindings(statement_.get());
  bind_code_ = 0;
}

ValueType Statement::Type(int column) const {
  switch (sqlite3_column_type(statement_.get(), column)) {
    case SQLITE_INTEGER:
      return ValueType::kInteger;
    case SQLITE_FLOAT:
      return ValueType::kReal;
    case SQLITE_TEXT:
      return ValueType::kText;
    case SQLITE_BLOB:
      return ValueType::kBlob;
    default:
      return ValueType::kNull;
  }
}

int64_t Statement::Integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::Real(int column) const { return sqlite3_column_double(statement_.get(), column); }

absl::string_view Statement::Bytes(int column) const {
  const auto* const data = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  return {data, static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

void Statement::Read(std::span<Cell> cells) const {
  int column = 0;
  for (Cell& cell : cells) Take(sqlite3_column_value(statement_.get(), column++), cell);
}

bool Statement::HasSorted() const {
  return sqlite3_stmt_status(statement_.get(), SQLITE_STMTSTATUS_SORT, 0) > 0;
}

uint64_t Statement::TakeExamined() {
  const int steps = sqlite3_stmt_status(statement_.get(), SQLITE_STMTSTATUS_VM_STEP, 1);
  return static_cast<uint32_t>(steps) / kStepsOfRow;
}

int Statement::ColumnCount() const { return sqlite3_column_count(statement_.get()); }

std::string Statement::ColumnName(int column) const {
  const char* const name = sqlite3_column_name(statement_.get(), column);
  return name == nullptr ? "" : name;
}

}  // namespace daybook::db::sqlite
