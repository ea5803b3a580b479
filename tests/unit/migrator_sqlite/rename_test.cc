// A column that two generations of programs know by two names.

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "support/app_database.h"
#include "support/status_matchers.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::migration::ExitCode;
using ::daybook::testing::AllWays;
using ::daybook::testing::AppDatabase;
using ::daybook::testing::EachWay;
using ::daybook::testing::ExpectRefused;
using ::daybook::testing::ExpectThereAndBack;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::daybook::testing::NameOf;

const auto kRenameRefused = HasCode(absl::StatusCode::kFailedPrecondition);

constexpr char kExpand[] =
    R"(phase: EXPAND step { rename_column { table: "t" from: "a" to: "z" rationale: "r" } })";
constexpr char kContract[] =
    R"(phase: CONTRACT step { rename_column { table: "t" from: "a" to: "z" rationale: "r" } })";

class RenameWays : public EachWay {};
INSTANTIATE_TEST_SUITE_P(All, RenameWays, AllWays(), NameOf);

const char* const kTables[] = {
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT);",
    "CREATE TABLE t (id TEXT PRIMARY KEY, a TEXT, b TEXT) WITHOUT ROWID;",
    "CREATE TABLE t (id, a TEXT, b, PRIMARY KEY (b, id)) WITHOUT ROWID;",
    "CREATE TABLE t (id, a TEXT COLLATE NOCASE, b);",
    "CREATE TABLE t (id, a TEXT NOT NULL, b);",
    "CREATE TABLE t (id, a TEXT NOT NULL DEFAULT 'none', b);",
    "CREATE TABLE t (id, a TEXT UNIQUE, b);",
    "CREATE TABLE t (rowid, oid, id, a TEXT CHECK (length(a) < 9), b);",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT) STRICT;",
};

TEST_P(RenameWays, ProgramsThatKnowEitherNameReadAndWriteTheSame) {
  for (const std::string table : kTables) {
    SCOPED_TRACE(table);
    AppDatabase app(table + "INSERT INTO t (id, a, b) VALUES (1, 'x', 'p'), (2, 'y', 'q');",
                    GetParam());

    ExpectThereAndBack(app, kExpand);

    EXPECT_EQ(app.Text("SELECT a || z FROM t ORDER BY id"), "xx yy");
    app.Sql(
        "INSERT INTO t (id, a, b) VALUES (3, 'old', 'r');"
        "INSERT INTO t (id, z, b) VALUES (4, 'new', 's');"
        "INSERT INTO t (id, a, z, b) VALUES (5, 'lost', 'both', 't');"
        "UPDATE t SET a = 'X' WHERE id = 1; UPDATE t SET z = 'Y' WHERE id = 2;");
    EXPECT_EQ(app.Text("SELECT a FROM t ORDER BY id"), "X Y old new both");
    EXPECT_EQ(app.Text("SELECT z FROM t ORDER BY id"), "X Y old new both");
    app.Sql(
        "UPDATE t SET a = 'u', z = 'v' WHERE id = 1; UPDATE t SET b = b;"
        "UPDATE t SET a = 'w' || id WHERE id > 3; UPDATE t SET z = a || '!' WHERE id = 2;"
        "UPDATE t SET id = 9 WHERE id = 3; UPDATE t SET a = 'eight', id = 8 WHERE id = 9;");
    EXPECT_EQ(app.Text("SELECT a FROM t ORDER BY id"), "v Y! w4 w5 eight");
    EXPECT_EQ(app.Text("SELECT count(*) FROM t WHERE a COLLATE BINARY IS NOT z"), "0");

    ExpectThereAndBack(app, kContract);

    EXPECT_EQ(app.Text("SELECT z FROM t ORDER BY id"), "v Y! w4 w5 eight");
    EXPECT_FALSE(app.Try("SELECT \"a\", a FROM t").ok());
    EXPECT_EQ(app.Text("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'"), "0");
  }
}

TEST_P(RenameWays, TheWayBackKeepsWhatProgramsWroteUnderEitherName) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b); INSERT INTO t VALUES (1, 'x', 1)",
      GetParam());
  ASSERT_THAT(app.Apply(kExpand), IsOk());
  app.Sql("INSERT INTO t (id, z) VALUES (2, 'new')");
  ASSERT_THAT(app.Apply(kContract), IsOk());
  app.Sql("INSERT INTO t (id, z) VALUES (3, 'newer'); UPDATE t SET z = 'xx' WHERE id = 1");

  ASSERT_THAT(app.RollBack(), IsOk());
  EXPECT_EQ(app.Text("SELECT a || z FROM t"), "xxxx newnew newernewer");
  app.Sql("UPDATE t SET a = 'again' WHERE id = 1");
  EXPECT_EQ(app.Text("SELECT z FROM t WHERE id = 1"), "again");
  ASSERT_THAT(app.RollBack(), IsOk());
  EXPECT_EQ(app.Text("SELECT a FROM t"), "again new newer");
}

TEST_P(RenameWays, InTheEndTheTableIsWhatARenameWouldHaveMadeIt) {
  const std::string table =
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL UNIQUE REFERENCES p(k), b,"
      " CHECK (b <> '' OR a > b));";
  const std::string others =
      "CREATE TABLE p (k TEXT PRIMARY KEY); INSERT INTO p VALUES ('x'), ('y');"
      "CREATE TABLE child (a TEXT REFERENCES t(a)); INSERT INTO child VALUES ('x');"
      "CREATE INDEX ix ON t (a, b) WHERE a <> 'none';"
      "CREATE VIEW v AS SELECT a AS it, id FROM t WHERE t.a > '';"
      "CREATE TRIGGER vt INSTEAD OF DELETE ON v BEGIN DELETE FROM t WHERE id = OLD.id; END;"
      "CREATE TRIGGER tr AFTER DELETE ON t BEGIN UPDATE child SET a = OLD.a WHERE a IS NULL; END;"
      "INSERT INTO t VALUES (1, 'x', 1), (2, 'y', 2);";
  AppDatabase app(table + others, GetParam());
  ASSERT_THAT(app.Apply(kExpand), IsOk());
  app.Sql("CREATE INDEX early ON t (z)");
  ExpectThereAndBack(app, kContract);

  AppDatabase renamed(table + others);
  renamed.Sql("ALTER TABLE t RENAME COLUMN a TO \"z\"; CREATE INDEX early ON t (z)");
  EXPECT_EQ(app.Read(), renamed.Read());
}

TEST_P(RenameWays, AValueThatIsRequiredStaysRequiredUnderEitherName) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL); INSERT INTO t VALUES (1, 'x')",
      GetParam());

  ExpectThereAndBack(app, kExpand);

  EXPECT_THAT(app.Try("INSERT INTO t (id) VALUES (2)"), kRenameRefused);
  EXPECT_THAT(app.Try("UPDATE t SET a = NULL"), kRenameRefused);
  EXPECT_THAT(app.Try("UPDATE t SET z = NULL"), kRenameRefused);
  EXPECT_THAT(app.Try("INSERT INTO t (id, z) VALUES (2, 'y')"), IsOk());
  ExpectThereAndBack(app, kContract);
  EXPECT_EQ(app.Text("SELECT sql FROM sqlite_schema WHERE name = 't'"),
            "CREATE TABLE t (id INTEGER PRIMARY KEY, \"z\" TEXT NOT NULL)");
}

TEST_P(RenameWays, WhatCannotHaveATwinIsRefused) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"CREATE TABLE t (a INTEGER PRIMARY KEY, b)", "primary key"},
      {"CREATE TABLE t (b, a, PRIMARY KEY (b, a))", "primary key"},
      {"CREATE TABLE t (b, a AS (b + 1))", "is generated"},
      {"CREATE TABLE t (b, a INTEGER CHECK (typeof(a) = 'integer'))", "drop the check before"},
      {"CREATE TABLE t (b, a TEXT NOT NULL ON CONFLICT IGNORE)", "ON CONFLICT"},
      {"CREATE TABLE t (b, a, z)", "has a column z already"},
      {"CREATE TABLE t (b)", "has no column a"},
      {"CREATE TABLE t (rowid, oid, _rowid_, a)", "keep two columns of t equal"},
  };
  for (const auto& [table, message] : cases) {
    AppDatabase app(table, GetParam());
    ExpectRefused(app, kExpand, ExitCode::kFailed, message);
  }
  AppDatabase app("CREATE TABLE t (a, b)", GetParam());
  ExpectRefused(app, kContract, ExitCode::kFailed, "the first half of the rename was not applied");
  ExpectRefused(app, R"(step { rename_column { table: "t" from: "a" to: "z" rationale: "r" } })",
                ExitCode::kUsage, "phase");
}

TEST_P(RenameWays, TheOldNameStaysWhileTheTwoDiffer) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE); INSERT INTO t VALUES (1, "
      "'x')",
      GetParam());
  ASSERT_THAT(app.Apply(kExpand), IsOk());
  db::sqlite::Connection program = app.Open();
  ASSERT_THAT(program.SetTriggers(false), IsOk());
  ASSERT_THAT(program.Execute("UPDATE t SET a = 'X'"), IsOk());

  ExpectRefused(app, kContract, ExitCode::kData, "1 row of t breaks the equality of a and z");
}

TEST_P(RenameWays, WhatSpeaksOfBothNamesIsInTheWayOfTheEnd) {
  AppDatabase app("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)", GetParam());
  ASSERT_THAT(app.Apply(kExpand), IsOk());
  app.Sql("CREATE VIEW both AS SELECT a, z FROM t");

  ExpectRefused(app, kContract, ExitCode::kFailed, "view both");
}

}  // namespace
}  // namespace daybook::migrator::sqlite
