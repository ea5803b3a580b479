#include "migrator/sqltext/schema_name.h"

#include <string>

#include <gmock/gmock.h>

#include "support/status_matchers.h"

namespace daybook::sqltext {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;

void ExpectMakes(const std::string& sql, SchemaKind kind, const std::string& name,
                 const std::string& table) {
  SCOPED_TRACE(sql);
  const auto schema = ParseCreate(sql);
  ASSERT_THAT(schema, IsOk());
  EXPECT_EQ(schema->kind, kind);
  EXPECT_EQ(schema->name, name);
  EXPECT_EQ(schema->table, table);
}

TEST(ParseCreate, ReadsTheHeadOfEveryKind) {
  ExpectMakes("CREATE TABLE t (a)", SchemaKind::kTable, "t", "t");
  ExpectMakes("create temp table if not exists temp.[a b](x)", SchemaKind::kTable, "a b", "a b");
  ExpectMakes("CREATE TABLE t AS SELECT 1", SchemaKind::kTable, "t", "t");
  ExpectMakes("CREATE VIRTUAL TABLE f USING fts5(a)", SchemaKind::kVirtualTable, "f", "f");
  ExpectMakes("CREATE INDEX i ON t (a)", SchemaKind::kIndex, "i", "t");
  ExpectMakes("-- c\nCREATE UNIQUE INDEX IF NOT EXISTS main.i ON \"t\"\"\" (a)", SchemaKind::kIndex,
              "i", "t\"");
  ExpectMakes("CREATE TRIGGER r INSTEAD OF UPDATE OF a, \"on\" ON v BEGIN SELECT 1; END",
              SchemaKind::kTrigger, "r", "v");
  ExpectMakes("CREATE TEMPORARY TRIGGER r DELETE ON main.t BEGIN SELECT 1; END",
              SchemaKind::kTrigger, "r", "t");
  ExpectMakes("CREATE VIEW IF NOT EXISTS v (a) AS SELECT 1", SchemaKind::kView, "v", "v");
}

TEST(ParseCreate, RefusesEverythingElse) {
  for (const std::string sql :
       {"", "SELECT 1", "CREATE", "CREATE t", "CREATE UNIQUE TABLE t (a)", "CREATE INDEX",
        "CREATE INDEX i", "CREATE INDEX i ON", "CREATE TRIGGER r DELETE; ON t", "CREATE TABLE IF t",
        "CREATE TABLE a.", "CREATE VIRTUAL VIEW v"}) {
    EXPECT_THAT(ParseCreate(sql), HasCode(absl::StatusCode::kInvalidArgument)) << sql;
  }
}

}  // namespace
}  // namespace daybook::sqltext
