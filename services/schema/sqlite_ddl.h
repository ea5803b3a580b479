#pragma once

#include <string>
#include <vector>

#include "schema/event_table.h"

namespace daybook::schema {

// A column that only the store knows, with its definition in SQL.
struct StoreColumn {
  std::string name;
  std::string definition;
};

// The CHECK condition that holds `column` to its declared rule, "" where the
// rule leaves nothing to check. It accepts all that the service accepts; for
// ranges, lengths, presence and character sets it accepts nothing else. JSON
// and addresses are the service's to judge.
std::string SqliteCheck(const Column& column);

// CREATE TABLE for `table`, STRICT, with a named constraint for every rule,
// and `store_columns` at its end.
std::string SqliteCreateTable(const Table& table, const std::vector<StoreColumn>& store_columns);

// CREATE INDEX for one of the table's indexes.
std::string SqliteCreateIndex(const Table& table, const v1::Index& index);

}  // namespace daybook::schema
