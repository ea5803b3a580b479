#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "absl/status/status.h"

#include "db/sqlite/connection.h"
#include "migrator/sqltext/create_table.h"

namespace daybook::sqltext {

// What SQLite and our reader both know of a table, in words that can be compared.
struct Description {
  std::vector<std::string> columns;
  std::vector<std::string> types;
  std::vector<std::string> foreign_keys;
  // The columns of each UNIQUE, sorted; not those of the primary key, which SQLite
  // makes one with it.
  std::vector<std::string> unique_keys;
  std::string options;

  bool operator==(const Description&) const = default;
};
void PrintTo(const Description& description, std::ostream* out);

// A database in memory, for tables that come and go. It holds a table `p` to be
// referenced.
class Sqlite {
 public:
  Sqlite();

  // SQLite's answer to `sql`, of which nothing stays.
  absl::Status Try(const std::string& sql);

  // Runs `sql`; what it makes stays until Forget.
  absl::Status Make(const std::string& sql);
  void Forget();

  db::sqlite::Connection& connection() { return connection_; }

  // The table that was made.
  Description Describe(const std::string& table);
  // Its text, as SQLite has stored it.
  std::string Stored(const std::string& table);

 private:
  std::vector<std::string> Rows(const std::string& sql);
  db::sqlite::Connection connection_;
};

// The same by the text alone.
Description Describe(const CreateTable& table);

}  // namespace daybook::sqltext
