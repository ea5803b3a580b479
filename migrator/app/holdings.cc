#include "migrator/app/holdings.h"

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/sqlite/sequences.h"
#include "migrator/sqlite/table_shape.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using sqlite::Fingerprint;

std::string DescribeChange(const sqlite::SchemaChange& change) {
  if (!change.has_before()) {
    return absl::StrCat(sqlite::Describe(change.after()), " should not be there");
  }
  return absl::StrCat(sqlite::Describe(change.before()),
                      change.has_after() ? " has another text" : " is missing");
}

void CompareRows(const std::string& table, const Fingerprint& expected, const Fingerprint& found,
                 std::vector<std::string>& differences) {
  if (found == expected) return;
  differences.push_back(found.rows() == expected.rows()
                            ? absl::StrCat("table ", table, " has other values in its rows")
                            : absl::StrCat("table ", table, " has ", found.rows(),
                                           " rows and must have ", expected.rows()));
}

}  // namespace

absl::StatusOr<Holdings> ReadHoldings(Connection& database) {
  Holdings holdings;
  DAYBOOK_ASSIGN_OR_RETURN(holdings.schema, sqlite::SchemaModel::Read(database));
  DAYBOOK_ASSIGN_OR_RETURN(holdings.sequences, sqlite::Sequences(database));
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> tables, sqlite::TableNames(database));
  for (const std::string& table : tables) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto shape, sqlite::ReadTableShape(database, table));
    DAYBOOK_ASSIGN_OR_RETURN(holdings.tables[table],
                             sqlite::FingerprintOf(database, shape, shape.columns));
  }
  return holdings;
}

std::vector<std::string> Differences(const Holdings& expected, const Holdings& found) {
  std::vector<std::string> differences;
  for (const auto& change : found.schema.Since(expected.schema)) {
    differences.push_back(DescribeChange(change));
  }
  // A table that only one of them has is a change of the schema.
  for (const auto& [table, rows] : expected.tables) {
    const auto there = found.tables.find(table);
    if (there != found.tables.end()) CompareRows(table, rows, there->second, differences);
  }
  if (found.sequences != expected.sequences) {
    differences.emplace_back("AUTOINCREMENT goes on from another number");
  }
  return differences;
}

}  // namespace daybook::migrator::app
