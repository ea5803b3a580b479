#include <string>

#include <gmock/gmock.h>

#include "daybook/audit/v1/event.pb.h"
#include "schema/event_table.h"
#include "schema/sqlite_ddl.h"
#include "schema/version.h"

namespace daybook::schema {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Table EventTable() { return TableOf(*audit::v1::Event::descriptor()); }

Column TextColumn(const std::string& name) {
  Column column;
  column.name = name;
  column.rule.mutable_string();
  return column;
}

TEST(TableOf, ReadsTheTableThatAMessageDeclares) {
  const Table table = EventTable();

  EXPECT_EQ(table.name, "audit_logs");
  ASSERT_THAT(table.columns, Not(IsEmpty()));
  EXPECT_EQ(table.columns.front().name, "id");
  EXPECT_TRUE(table.columns.front().primary_key);
  EXPECT_THAT(table.sealed_indexes, Not(IsEmpty()));
}

TEST(TableOf, LeavesOutFieldsThatAreNoColumns) {
  for (const Column& column : EventTable().columns) EXPECT_NE(column.name, "leaf_hash");
}

TEST(SqliteCheck, ChecksWhatIsDeclared) {
  Column column = TextColumn("name");
  column.rule.mutable_string()->set_max_chars(50);
  column.rule.mutable_string()->set_charset("a-z");

  const std::string check = SqliteCheck(column);

  EXPECT_THAT(check, HasSubstr("length(name) <= 50"));
  EXPECT_THAT(check, HasSubstr("name NOT GLOB '*[^a-z]*'"));
  EXPECT_THAT(check, Not(HasSubstr(">=")));
}

TEST(SqliteCheck, IsEmptyWhereThereIsNothingToCheck) {
  Column column;
  column.name = "n";
  column.rule.mutable_int64();
  EXPECT_EQ(SqliteCheck(column), "");

  column.rule.mutable_int64()->set_gte(0);
  EXPECT_EQ(SqliteCheck(column), "n >= 0");
}

TEST(SqliteCreateTable, IsStrictAndNamesItsConstraints) {
  Table table;
  table.name = "t";
  table.columns = {TextColumn("name")};

  const std::string sql = SqliteCreateTable(table, {{.name = "salt", .definition = "BLOB"}});

  EXPECT_EQ(
      sql,
      "CREATE TABLE t (\n  name TEXT NOT NULL\n    CONSTRAINT t_name CHECK (instr(CAST(name AS "
      "BLOB), x'00') = 0),"
      "\n  salt BLOB\n) STRICT");
}

TEST(SqliteCreateIndex, HasItsConditionOnlyWhereDeclared) {
  Table table;
  table.name = "t";
  v1::Index index;
  index.set_name("t_ab");
  index.add_columns("a");
  index.add_columns("b");
  EXPECT_EQ(SqliteCreateIndex(table, index), "CREATE INDEX t_ab ON t (a, b)");

  index.set_where("a IS NOT NULL");
  EXPECT_EQ(SqliteCreateIndex(table, index), "CREATE INDEX t_ab ON t (a, b) WHERE a IS NOT NULL");
}

TEST(StoreMigrations, CountUpFromOne) {
  int expected = 1;
  for (const StoreMigration& migration : StoreMigrations()) {
    EXPECT_EQ(migration.version, expected++);
    EXPECT_THAT(migration.name, Not(IsEmpty()));
    EXPECT_GE(migration.suits_from, 1);
    EXPECT_LE(migration.suits_from, migration.version);
  }
  EXPECT_EQ(NewestVersion(), expected - 1);
}

TEST(FitOf, ServesItsOwnVersion) {
  EXPECT_EQ(FitOf({.version = NewestVersion(), .suits_from = 1}), Fit::kServes);
  EXPECT_EQ(FitOf({.version = NewestVersion(), .suits_from = NewestVersion()}), Fit::kServes);
}

TEST(FitOf, OlderStoresMustBeMigrated) {
  EXPECT_EQ(FitOf({.version = kOldestServedVersion - 1, .suits_from = 0}), Fit::kStoreTooOld);
  EXPECT_EQ(FitOf({.version = kOldestServedVersion, .suits_from = 1}), Fit::kServes);
}

TEST(FitOf, NewerStoresDecideThemselves) {
  EXPECT_EQ(FitOf({.version = NewestVersion() + 1, .suits_from = NewestVersion()}), Fit::kServes);
  EXPECT_EQ(FitOf({.version = NewestVersion() + 1, .suits_from = NewestVersion() + 1}),
            Fit::kStoreTooNew);
}

}  // namespace
}  // namespace daybook::schema
