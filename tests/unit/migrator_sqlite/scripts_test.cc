// SQL that a migration brings itself.

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
using ::daybook::testing::Contents;
using ::daybook::testing::EachWay;
using ::daybook::testing::ExpectRefused;
using ::daybook::testing::ExpectThereAndBack;
using ::daybook::testing::IsOk;
using ::daybook::testing::NameOf;
using ::testing::HasSubstr;

constexpr char kRows[] =
    "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER); INSERT INTO t (n) VALUES "
    "(1), (2);"
    "CREATE TABLE other (x); INSERT INTO other VALUES ('o');";

std::string Script(const std::string& up, const std::string& down,
                   const std::string& changes = "") {
  return absl::StrCat(
      "step { sql { up { sql: \"", up, "\" } ",
      down.empty() ? "irreversible: 'a test'" : absl::StrCat("down { sql: \"", down, "\" }"),
      changes.empty() ? "" : absl::StrCat(" changes_table: '", changes, "'"),
      " rationale: 'r' } }");
}

class ScriptsWays : public EachWay {};
INSTANTIATE_TEST_SUITE_P(All, ScriptsWays, AllWays(), NameOf);

TEST_P(ScriptsWays, SchemaAndRowsChangeTogetherAndBack) {
  AppDatabase app(kRows, GetParam());

  ExpectThereAndBack(
      app,
      Script("CREATE TABLE made (a PRIMARY KEY, b); INSERT INTO made SELECT n, 'of t; not END' "
             "FROM t;\\n"
             "-- a comment; with a semicolon\\nCREATE INDEX made_b ON made (b);"
             "CREATE TRIGGER tr AFTER INSERT ON made BEGIN UPDATE t SET n = 1; DELETE FROM t; END;"
             "CREATE VIEW v AS SELECT * FROM made; /* end */",
             "DROP VIEW v; DROP TABLE made"));

  EXPECT_EQ(app.Text("SELECT a FROM v"), "1 2");
}

TEST_P(ScriptsWays, DeclaredTablesMayChange) {
  AppDatabase app(kRows, GetParam());

  ExpectThereAndBack(app, Script("UPDATE t SET n = n * 10", "UPDATE t SET n = n / 10", "T"));

  EXPECT_EQ(app.Text("SELECT n FROM t"), "10 20");
}

TEST_P(ScriptsWays, ChangesThatAreNotDeclaredAreFoundAndRolledBack) {
  AppDatabase app(kRows, GetParam());
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"UPDATE other SET x = 'p'", "table other: rows are not what they were"},
      {"DELETE FROM other", "table other has 0 rows and must have 1"},
      {"INSERT INTO other VALUES ('p')", "table other has 2 rows and must have 1"},
      {"DROP TABLE other", "table other is gone, with 1 rows"},
      {"UPDATE other SET rowid = 7", "table other: rows are not what they were"},
      {"INSERT INTO t (n) VALUES (3); DELETE FROM t WHERE n = 3",
       "the sequence of t was 2 and is 3"},
      {"ALTER TABLE other RENAME TO another", "table other is gone"},
  };
  for (const auto& [sql, message] : cases) {
    ExpectRefused(app, Script(sql, ""), ExitCode::kVerification, message);
  }
}

TEST_P(ScriptsWays, WhatWouldReachOutOfTheTransactionIsRefused) {
  AppDatabase app(kRows, GetParam());
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"COMMIT", "COMMIT"},
      {"END TRANSACTION", "COMMIT"},
      {"ROLLBACK", "ROLLBACK"},
      {"BEGIN IMMEDIATE", "BEGIN"},
      {"SAVEPOINT s", "SAVEPOINT s"},
      {"RELEASE mig_probe", "RELEASE mig_probe"},
      {"ROLLBACK TO s", "ROLLBACK s"},
      {"ATTACH ':memory:' AS a", "ATTACH"},
      {"DETACH main", "DETACH"},
      {"VACUUM", "VACUUM"},
      {"VACUUM INTO '/tmp/nowhere.db'", "VACUUM"},
      {"PRAGMA foreign_keys = ON", "PRAGMA foreign_keys"},
      {"PRAGMA writable_schema = ON", "PRAGMA writable_schema"},
      {"PRAGMA journal_mode = OFF", "PRAGMA journal_mode"},
      {"PRAGMA user_version = 7", "PRAGMA user_version"},
      {"CREATE TEMP TABLE t (n)", "temporary t"},
      {"CREATE TABLE temp.other (n)", "temporary other"},
      {"CREATE TEMP VIEW tv AS SELECT 1", "temporary tv"},
      {"CREATE TEMP TRIGGER tt AFTER INSERT ON t BEGIN SELECT 1; END", "temporary tt"},
      {"CREATE TABLE mig_history (a)", "mig_history"},
      {"CREATE TABLE MIG_ARCHIVE_7 (a)", "MIG_ARCHIVE_7"},
      {"INSERT INTO mig_event (action) VALUES ('x')", "mig_event"},
      {"DELETE FROM sqlite_sequence", "a write to sqlite_sequence"},
      {"UPDATE sqlite_sequence SET seq = 0 WHERE name = 't'", "a write to sqlite_sequence"},
      {"UPDATE sqlite_master SET sql = ''", "may not be modified"},
      {"SELECT load_extension('x')", "load_extension"},
      {"CREATE TABLE ok (a); COMMIT; DROP TABLE t", "COMMIT"},
      {"EXPLAIN COMMIT", "COMMIT"},
  };
  for (const auto& [sql, message] : cases) {
    SCOPED_TRACE(sql);
    ExpectRefused(app, Script(sql, ""), ExitCode::kFailed, message);
  }
}

TEST_P(ScriptsWays, WhatTheMigratorKeepsIsOutOfReachOfALaterScriptToo) {
  AppDatabase app(kRows, GetParam());
  ASSERT_THAT(app.Apply(Script("CREATE TABLE one (a)", "DROP TABLE one")), IsOk());

  for (const char* const sql :
       {"DELETE FROM mig_history", "DROP TABLE mig_event", "CREATE INDEX i ON mig_history (name)",
        "CREATE TRIGGER tr AFTER INSERT ON mig_event BEGIN SELECT 1; END",
        "ALTER TABLE mig_step ADD COLUMN x"}) {
    const absl::Status refused = app.Apply(Script(sql, ""));
    EXPECT_FALSE(refused.ok()) << sql;
  }
  EXPECT_EQ(app.Text("SELECT count(*) FROM mig_history"), "1");
}

TEST_P(ScriptsWays, OrdinaryStatementsThatLookLikeThoseAreFine) {
  AppDatabase app(kRows, GetParam());

  ExpectThereAndBack(
      app,
      Script(
          "CREATE TABLE \\\"COMMIT\\\" (\\\"begin\\\" TEXT DEFAULT 'ATTACH; PRAGMA');"
          "INSERT INTO \\\"COMMIT\\\" VALUES ('x'); ALTER TABLE \\\"COMMIT\\\" ADD COLUMN c CHECK "
          "(c > 0);"
          "ALTER TABLE \\\"COMMIT\\\" DROP COLUMN c; REINDEX;"
          "CREATE TABLE auto (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO auto VALUES (5);"
          "ALTER TABLE auto RENAME TO auto2; DROP TABLE auto2;"
          "CREATE VIRTUAL TABLE find USING fts5(a); INSERT INTO find VALUES ('x');"
          "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 3) SELECT x FROM "
          "c;",
          "DROP TABLE \\\"COMMIT\\\"; DROP TABLE find"));
}

TEST_P(ScriptsWays, StatisticsMayBeMade) {
  AppDatabase app(kRows, GetParam());

  ASSERT_THAT(app.Apply(Script("ANALYZE t", "")), IsOk());

  EXPECT_EQ(app.Text("SELECT tbl || stat FROM sqlite_stat1"), "t2");
}

// As its author knows ALTER TABLE: what names the table follows it.
TEST_P(ScriptsWays, ARenamedTableIsRenamedInAllThatNamesIt) {
  AppDatabase app(
      "CREATE TABLE p (id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1);"
      "CREATE TABLE c (p REFERENCES p(id)); INSERT INTO c VALUES (1);"
      "CREATE VIEW v AS SELECT id FROM p;",
      GetParam());

  ASSERT_THAT(
      app.Apply(Script("ALTER TABLE p RENAME TO parents", "ALTER TABLE parents RENAME TO p", "p")),
      IsOk());

  EXPECT_EQ(app.Text("SELECT \"table\" FROM pragma_foreign_key_list('c')"), "parents");
  EXPECT_EQ(app.Text("SELECT id FROM v"), "1");
  EXPECT_THAT(app.RollBack(), IsOk());
}

TEST_P(ScriptsWays, AWayBackInOtherWordsLeadsToThoseOfBefore) {
  AppDatabase app(
      "create table t(id integer primary key, n int); insert into t values (1, 1);"
      "create index by_n on t(n);"
      "create view v as select id from t; create trigger tr after insert on t begin select 1; end;",
      GetParam());

  ExpectThereAndBack(app, Script("DROP VIEW v; CREATE VIEW v AS SELECT id, n FROM t",
                                 "DROP VIEW v; CREATE VIEW v AS SELECT id FROM t"));
  ExpectThereAndBack(app, Script("ALTER TABLE t RENAME TO u", "ALTER TABLE u RENAME TO t", "t"));
}

TEST_P(ScriptsWays, AWayBackThatLeadsElsewhereIsRefused) {
  for (const char* const down : {"CREATE TABLE left_over (a)", "DROP TABLE other", "SELECT 1"}) {
    AppDatabase app(kRows, GetParam());
    ASSERT_THAT(app.Apply(Script("CREATE TABLE made (a)", down)), IsOk());
    const Contents before = app.Read();

    const absl::Status back = app.RollBack();

    EXPECT_THAT(std::string(back.message()),
                HasSubstr("its `down` does not lead to the schema of before"));
    EXPECT_EQ(app.Read(), before);
  }
}

TEST_P(ScriptsWays, AStatementThatFailsIsToldWithItsStep) {
  AppDatabase app("CREATE TABLE t (n INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)", GetParam());

  ExpectRefused(
      app,
      Script("CREATE TABLE u (a)", "DROP TABLE u") + Script("INSERT INTO t VALUES (1)", "", "t"),
      ExitCode::kFailed, "step 2: ");
  ExpectRefused(app, Script("SELEC 1", ""), ExitCode::kFailed, "syntax error");
  ExpectRefused(app, Script("DROP TABLE nowhere", ""), ExitCode::kFailed, "no such table: nowhere");
}

TEST_P(ScriptsWays, WithoutAWayBackThereIsNone) {
  AppDatabase app(kRows, GetParam());
  ASSERT_THAT(app.Apply(Script("CREATE TABLE u (a)", "")), IsOk());

  EXPECT_THAT(std::string(app.RollBack().message()), HasSubstr("it cannot be taken back: a test"));
  EXPECT_EQ(app.Text("SELECT count(*) FROM mig_history"), "1");
}

TEST_P(ScriptsWays, TriggersAndCascadesOfTheApplicationDoNotFire) {
  AppDatabase app(
      "CREATE TABLE p (id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1);"
      "CREATE TABLE c (p REFERENCES p(id) ON DELETE CASCADE); INSERT INTO c VALUES (1);"
      "CREATE TABLE log (x);"
      "CREATE TRIGGER tr AFTER INSERT ON p BEGIN INSERT INTO log VALUES (1); END;",
      GetParam());

  ASSERT_THAT(app.Apply(Script("INSERT INTO p VALUES (2)", "DELETE FROM p WHERE id = 2", "p")),
              IsOk());
  EXPECT_EQ(app.Text("SELECT count(*) FROM log"), "0");
  ExpectRefused(app, Script("DELETE FROM p WHERE id = 1", "", "p"), ExitCode::kVerification,
                "c row 1 names a row of p that is not there");
}

TEST_P(ScriptsWays, ACheckOfTheMigrationHoldsForWhatAScriptWrites) {
  AppDatabase app(kRows, GetParam());

  ExpectRefused(app,
                R"(step { add_check { table: "t" column: "n" name: "c" rule { int64 { gte: 0 } }
    rationale: "r" } })" +
                    Script("INSERT INTO t (n) VALUES (-1)", "", "t"),
                ExitCode::kFailed, "CHECK constraint failed: c");
}

TEST_P(ScriptsWays, InvariantsAndAssertionsAreHeld) {
  AppDatabase app(kRows, GetParam());

  ExpectRefused(app,
                Script("UPDATE t SET n = n + 1", "", "t") +
                    "invariant { name: 'the sum' sql: 'SELECT sum(n) FROM t' }",
                ExitCode::kVerification, "the answer to `the sum` has changed");
  ExpectRefused(app,
                Script("UPDATE t SET n = n + 1", "", "t") +
                    "assertion { name: 'small' sql: 'SELECT 1 FROM t WHERE n > 2' }",
                ExitCode::kVerification, "1 rows break `small`");
  EXPECT_THAT(app.Apply(Script("UPDATE t SET n = n + 1", "", "t") +
                        "invariant { name: 'the sum' sql: 'SELECT sum(n) FROM t' tolerance: 0.7 }"),
              IsOk());
}

}  // namespace
}  // namespace daybook::migrator::sqlite
