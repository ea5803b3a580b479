#include <string>

#include <gmock/gmock.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "migrator/sqltext/create_table.h"
#include "migrator/sqltext/keyword.h"
#include "migrator/sqltext/name.h"
#include "migrator/sqltext/schema_name.h"
#include "migrator/sqltext/statements.h"
#include "migrator/sqltext/token_cursor.h"
#include "support/status_matchers.h"
#include "unit/sqltext/sqlite_table.h"
#include "unit/sqltext/table_generator.h"
#include "unit/sqltext/tables.h"

// What SQLite itself makes of a text is what our reader has to make of it.

namespace daybook::sqltext {
namespace {

using ::daybook::testing::IsOk;

void ExpectParity(Sqlite& sqlite, const std::string& sql) {
  SCOPED_TRACE(sql);
  ASSERT_THAT(sqlite.Make(sql), IsOk());
  const auto table = CreateTable::Parse(sql);
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ(Describe(*table), sqlite.Describe(table->name()));

  const auto stored = CreateTable::Parse(sqlite.Stored(table->name()));
  ASSERT_THAT(stored, IsOk()) << sqlite.Stored(table->name());
  EXPECT_EQ(Describe(*stored), Describe(*table));
  EXPECT_EQ(stored->name(), table->name());
  sqlite.Forget();
}

TEST(SqliteParity, HardTables) {
  ASSERT_GE(HardTables().size(), 60U);
  Sqlite sqlite;
  for (const absl::string_view sql : HardTables()) ExpectParity(sqlite, std::string(sql));
}

TEST(SqliteParity, ComposedTables) {
  Sqlite sqlite;
  TableGenerator generator(1);
  for (int i = 0; i < 1'000; ++i) {
    ExpectParity(sqlite, generator.Next());
    if (HasFatalFailure()) return;
  }
}

// What SQLite takes by chance must be read, and alike.
TEST(SqliteParity, SpoiledTablesThatSqliteStillTakes) {
  Sqlite sqlite;
  TableGenerator generator(2);
  int taken = 0;
  for (size_t i = 0; i < 6'000; ++i) {
    const std::string hard(HardTables()[i % HardTables().size()]);
    const std::string sql = generator.Mutated(i % 2 == 0 ? hard : generator.Next());
    if (TokenCursor(sql).AtEnd() || !sqlite.Try(sql).ok()) continue;
    ++taken;
    SCOPED_TRACE(sql);
    const auto table = CreateTable::Parse(sql);
    ASSERT_THAT(table, IsOk());
    ASSERT_THAT(sqlite.Make(sql), IsOk());
    Description by_sqlite = sqlite.Describe(table->name());
    sqlite.Forget();
    // Of `[a] b` and of GENERATED in odd places, SQLite makes odd types.
    by_sqlite.types = Describe(*table).types;
    ASSERT_EQ(Describe(*table), by_sqlite);
  }
  EXPECT_GT(taken, 1'000);
}

TEST(SqliteParity, ACheckThatFailsIsReportedByTheNameWeExpect) {
  Sqlite sqlite;
  for (const std::string body :
       {"a CHECK ( a>0 )", "a CHECK(/*c*/a>0--d\n)", "a CONSTRAINT x CHECK (a > 0)",
        "a CONSTRAINT \"it's\" CHECK (a > 0)", "a CONSTRAINT x CHECK (1) CHECK (a > 0)",
        "a CONSTRAINT x CONSTRAINT y CHECK (a > 0)", "a CONSTRAINT x, CHECK (a > 0)",
        "a CONSTRAINT x, CHECK (1), CHECK (a > 0)", "a CONSTRAINT x, b, CHECK (a > 0)",
        "a, CONSTRAINT x CHECK (1) CHECK (a > 0)", "a, CONSTRAINT x, CHECK (a > 0)",
        "a CHECK (\"a\" > 0)", "a CHECK ([a] > 0)", "a CHECK ('x' < a AND a > 0)"}) {
    SCOPED_TRACE(body);
    const std::string sql = absl::StrCat("CREATE TABLE t (", body, ")");
    ASSERT_THAT(sqlite.Make(sql), IsOk());
    const absl::Status status = sqlite.connection().Execute("INSERT INTO t (a) VALUES (-1)");
    sqlite.Forget();

    const auto table = CreateTable::Parse(sql);
    ASSERT_THAT(table, IsOk());
    const std::string expected =
        absl::StrCat("CHECK constraint failed: ", table->Checks().back()->failure_name);
    EXPECT_TRUE(absl::EndsWith(status.message(), expected)) << status << "\n" << expected;
  }
}

TEST(SqliteParity, WordsAreReservedWhereSqliteReservesThem) {
  Sqlite sqlite;
  for (const std::string word : {"abort",
                                 "action",
                                 "add",
                                 "after",
                                 "all",
                                 "alter",
                                 "always",
                                 "analyze",
                                 "and",
                                 "as",
                                 "asc",
                                 "attach",
                                 "autoincrement",
                                 "before",
                                 "begin",
                                 "between",
                                 "by",
                                 "cascade",
                                 "case",
                                 "cast",
                                 "check",
                                 "collate",
                                 "column",
                                 "commit",
                                 "conflict",
                                 "constraint",
                                 "create",
                                 "cross",
                                 "current",
                                 "current_date",
                                 "current_time",
                                 "current_timestamp",
                                 "database",
                                 "default",
                                 "deferrable",
                                 "deferred",
                                 "delete",
                                 "desc",
                                 "detach",
                                 "distinct",
                                 "do",
                                 "drop",
                                 "each",
                                 "else",
                                 "end",
                                 "escape",
                                 "except",
                                 "exclude",
                                 "exclusive",
                                 "exists",
                                 "explain",
                                 "fail",
                                 "filter",
                                 "first",
                                 "following",
                                 "for",
                                 "foreign",
                                 "from",
                                 "full",
                                 "generated",
                                 "glob",
                                 "group",
                                 "groups",
                                 "having",
                                 "if",
                                 "ignore",
                                 "immediate",
                                 "in",
                                 "index",
                                 "indexed",
                                 "initially",
                                 "inner",
                                 "insert",
                                 "instead",
                                 "intersect",
                                 "into",
                                 "is",
                                 "isnull",
                                 "join",
                                 "key",
                                 "last",
                                 "left",
                                 "like",
                                 "limit",
                                 "match",
                                 "materialized",
                                 "natural",
                                 "no",
                                 "not",
                                 "nothing",
                                 "notnull",
                                 "null",
                                 "nulls",
                                 "of",
                                 "offset",
                                 "on",
                                 "or",
                                 "order",
                                 "others",
                                 "outer",
                                 "over",
                                 "partition",
                                 "plan",
                                 "pragma",
                                 "preceding",
                                 "primary",
                                 "query",
                                 "raise",
                                 "range",
                                 "recursive",
                                 "references",
                                 "regexp",
                                 "reindex",
                                 "release",
                                 "rename",
                                 "replace",
                                 "restrict",
                                 "returning",
                                 "right",
                                 "rollback",
                                 "row",
                                 "rows",
                                 "savepoint",
                                 "select",
                                 "set",
                                 "table",
                                 "temp",
                                 "temporary",
                                 "then",
                                 "ties",
                                 "to",
                                 "transaction",
                                 "trigger",
                                 "unbounded",
                                 "union",
                                 "unique",
                                 "update",
                                 "using",
                                 "vacuum",
                                 "values",
                                 "view",
                                 "virtual",
                                 "when",
                                 "where",
                                 "window",
                                 "with",
                                 "without",
                                 "strict",
                                 "rowid",
                                 "stored",
                                 "true"}) {
    SCOPED_TRACE(word);
    const WordUse use = UseOf(word);
    EXPECT_EQ(sqlite.Try(absl::StrCat("CREATE TABLE t (", word, " INT)")).ok(),
              use != WordUse::kReserved);
    EXPECT_EQ(sqlite.Try(absl::StrCat("CREATE TABLE t (a x ", word, " y (1))")).ok(),
              use == WordUse::kName);
  }
}

TEST(SqliteParity, StatementsThatWereSplitRunOneByOne) {
  const std::string sql =
      "-- the tables\nCREATE TABLE a (x, y DEFAULT ';');\n"
      "CREATE TABLE log (what);;\n"
      "CREATE TRIGGER \"on;a\" AFTER UPDATE OF x ON a WHEN new.x IS NOT NULL BEGIN\n"
      "  INSERT INTO log VALUES (CASE WHEN new.x > 1 THEN 'big;' ELSE 'small' END);\n"
      "  UPDATE a SET y = 1 WHERE x = CASE new.x WHEN 1 THEN 2 END;\n"
      "END;\n"
      "CREATE VIEW v AS SELECT ';' AS s -- the end;\n; CREATE INDEX i ON a (x)";
  const auto statements = SplitStatements(sql);
  ASSERT_THAT(statements, IsOk());
  ASSERT_EQ(statements->size(), 5U);

  Sqlite sqlite;
  for (const absl::string_view statement : *statements) {
    EXPECT_THAT(sqlite.connection().Execute(std::string(statement)), IsOk()) << statement;
  }
  auto rows = sqlite.connection().Prepare(
      "SELECT sql, name, tbl_name FROM sqlite_schema WHERE name <> 'p' AND sql NOT NULL");
  ASSERT_THAT(rows, IsOk());
  int read = 0;
  for (; rows->Step().value(); ++read) {
    const auto schema = ParseCreate(rows->Text(0));
    ASSERT_THAT(schema, IsOk());
    EXPECT_EQ(schema->name, rows->Text(1));
    EXPECT_EQ(schema->table, rows->Text(2));
  }
  EXPECT_EQ(read, 5);
}

}  // namespace
}  // namespace daybook::sqltext
