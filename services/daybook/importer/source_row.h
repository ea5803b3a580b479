#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "db/sqlite/statement.h"

namespace daybook::cli::importer {

// The columns that an event is made of, besides the row's id.
enum class Column : size_t {
  kUserId,
  kTelegramId,
  kAction,
  kResourceType,
  kResourceId,
  kDetails,
  kIpAddress,
  kUserAgent,
  kCreatedAt,
};

inline constexpr size_t kColumns = 9;
inline constexpr std::array<const char*, kColumns> kColumnNames = {
    "user_id", "telegram_id", "action",     "resource_type", "resource_id",
    "details", "ip_address",  "user_agent", "created_at"};

// A value as the database holds it: SQLite gives each its own type, whatever
// the column was declared as.
struct Cell {
  db::sqlite::ValueType type = db::sqlite::ValueType::kNull;
  int64_t integer = 0;
  double real = 0;
  std::string bytes = {};  // of text or a blob
};

struct SourceRow {
  int64_t id = 0;
  std::array<Cell, kColumns> cells;  // NULL where the table has no such column

  const Cell& operator[](Column column) const { return cells[static_cast<size_t>(column)]; }
};

}  // namespace daybook::cli::importer
