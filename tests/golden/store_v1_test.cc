#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "golden/golden_file.h"
#include "migrator/store/schema.h"

namespace daybook::golden {
namespace {

constexpr char kFile[] = "store_v1.sql";

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

// Stores that exist were made with this text: once released it never changes,
// and what is new belongs into a migration.
TEST(StoreV1Golden, AStoreIsMadeWithTheStatementsWritten) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here sets the environment
  if (std::getenv("DAYBOOK_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(PathOf(kFile), std::ios::binary) << StoreV1();
  }

  EXPECT_EQ(StoreV1(), ReadGolden(kFile))
      << "if no store was ever made with the old text, write the file anew:\n"
         "  DAYBOOK_UPDATE_GOLDEN=1 ctest --preset dev -R StoreV1Golden";
}

}  // namespace
}  // namespace daybook::golden
