#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "golden/golden_file.h"
#include "migrator/store/schema.h"

namespace daybook::golden {
namespace {

std::string Section(const std::string& title, const std::vector<std::string>& statements) {
  std::string text = absl::StrCat("-- ", title, "\n");
  for (const std::string& statement : statements) absl::StrAppend(&text, statement, ";\n");
  return text;
}

// Every statement that makes a store of version 1.
std::string StoreV1() {
  return absl::StrCat(Section("ledger.db", migrator::store::LedgerDdl()), "\n",
                      Section("catalog.db", migrator::store::CatalogDdl()), "\n",
                      Section("a segment", migrator::store::SegmentDdl()), "\n",
                      Section("sealing a segment", migrator::store::SealStatements()));
}

// What the second migration adds.
std::string StoreV2() { return Section("ledger.db", migrator::store::KeepLedgerDdl()); }

// Stores that exist were made with this text: once released it never changes,
// and what is new belongs into a migration.
constexpr char kStoreAdvice[] =
    "if no store was ever made with the old text, write the file anew:\n"
    "  DAYBOOK_UPDATE_GOLDEN=1 ctest --preset dev -R StoreGolden";

TEST(StoreGolden, AStoreIsMadeWithTheStatementsWritten) {
  ExpectWritten(StoreV1(), "store_v1.sql", kStoreAdvice);
}

TEST(StoreGolden, AStoreGetsWhatTheLogSignsByTheStatementsWritten) {
  ExpectWritten(StoreV2(), "store_v2.sql", kStoreAdvice);
}

}  // namespace
}  // namespace daybook::golden
