// Tables that come and go, and checks that go.

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
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::daybook::testing::NameOf;
using ::testing::HasSubstr;

const auto kTableRefused = HasCode(absl::StatusCode::kFailedPrecondition);

class TablesWays : public EachWay {};
INSTANTIATE_TEST_SUITE_P(All, TablesWays, AllWays(), NameOf);

constexpr char kCreate[] = R"(
step { add_enum { name: "state" values: "pending" values: "done" rationale: "r" } }
step { create_table { name: "orders" rationale: "r"
  column { name: "id" generated_key: true }
  column { name: "user_id" type: INTEGER not_null: true }
  column { name: "amount" type: INTEGER not_null: true default_value: "0" }
  column { name: "paid" type: BOOLEAN not_null: true default_value: "FALSE" }
  column { name: "details" type: JSON }
  column { name: "state" enum_type: "state" not_null: true default_value: "'pending'" }
  column { name: "at" type: TIMESTAMP default_value: "CURRENT_TIMESTAMP" }
  check { column: "amount" name: "orders_amount" rationale: "r" rule { int64 { gte: 0 } } }
  foreign_key { name: "orders_user" columns: "user_id" references_table: "users" on_delete: RESTRICT }
  index { name: "orders_by_user" columns: "user_id" columns: "at" }
  index { name: "orders_open" columns: "state" where: "state = 'pending'" unique: true } } })";

TEST_P(TablesWays, ATableIsMadeWithAllThatIsDeclaredAndEachPartIsEnforced) {
  AppDatabase app("CREATE TABLE users (id INTEGER PRIMARY KEY); INSERT INTO users VALUES (1)",
                  GetParam());

  ExpectThereAndBack(app, kCreate);

  EXPECT_THAT(app.Try("INSERT INTO orders (user_id) VALUES (1)"), IsOk());
  for (const char* const wrong :
       {"INSERT INTO orders (user_id) VALUES (2)", "INSERT INTO orders (user_id) VALUES (NULL)",
        "INSERT INTO orders (user_id, amount) VALUES (1, -1)",
        "INSERT INTO orders (user_id, paid) VALUES (1, 2)",
        "INSERT INTO orders (user_id, details) VALUES (1, '{')",
        "INSERT INTO orders (user_id, state) VALUES (1, 'open')"}) {
    EXPECT_THAT(app.Try(wrong), kTableRefused) << wrong;
  }
  app.Sql("INSERT INTO orders (user_id) VALUES (1)");
  EXPECT_THAT(app.Try("INSERT INTO orders (user_id) VALUES (1)"),
              HasCode(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(app.Try("DELETE FROM users"), kTableRefused);
}

TEST_P(TablesWays, RowsOfATableThatIsTakenBackAreArchived) {
  AppDatabase app("CREATE TABLE users (id INTEGER PRIMARY KEY); INSERT INTO users VALUES (1)",
                  GetParam());
  ASSERT_THAT(app.Apply(kCreate), IsOk());
  app.Sql("INSERT INTO orders (user_id, amount) VALUES (1, 42)");

  ASSERT_THAT(app.RollBack(), IsOk());

  EXPECT_EQ(app.Text("SELECT table_name || ':' || row_count || ':' || sequence FROM mig_archive"),
            "orders:1:1");
  EXPECT_EQ(app.Text("SELECT amount FROM mig_archive_1"), "42");
  EXPECT_THAT(app.Text("SELECT fingerprint FROM mig_archive"), HasSubstr("v1:1:"));
}

TEST_P(TablesWays, StrictTablesAndKeysOfSeveralColumnsAreMade) {
  AppDatabase app("", GetParam());

  ExpectThereAndBack(app, R"(step { create_table { name: "s" rationale: "r" strict: true
    column { name: "a" type: TEXT not_null: true } column { name: "b" type: INTEGER not_null: true }
    column { name: "o" type: BOOLEAN } column { name: "j" type: JSON } column { name: "at" type: TIMESTAMP }
    column { name: "r" type: REAL } column { name: "x" type: BLOB }
    primary_key: "b" primary_key: "a" } })");

  EXPECT_EQ(app.Text("SELECT strict FROM pragma_table_list WHERE name = 's'"), "1");
  EXPECT_THAT(app.Try("INSERT INTO s (a, b, o) VALUES ('x', 1, TRUE), ('y', 1, FALSE)"), IsOk());
  EXPECT_THAT(app.Try("INSERT INTO s (a, b, o) VALUES ('x', 1, 5)"), kTableRefused);
  EXPECT_THAT(app.Try("INSERT INTO s (a, b) VALUES ('x', 'y')"), kTableRefused);
  ExpectRefused(app, R"(step { create_table { name: "s2" rationale: "r" strict: true
    column { name: "d" type: DECIMAL } } })",
                ExitCode::kUsage, "no decimal columns");
}

TEST_P(TablesWays, ALaterStepReferencesFillsAndChecksATableOfTheSameMigration) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, code TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b')",
      GetParam());

  ExpectThereAndBack(app, R"(
    step { create_table { name: "codes" rationale: "r" column { name: "code" type: TEXT not_null: true }
      column { name: "n" type: INTEGER } primary_key: "code" } }
    step { sql { up { sql: "INSERT INTO codes (code) SELECT DISTINCT code FROM t" } down { sql: "DELETE FROM codes" }
      rationale: "r" changes_table: "codes" } }
    step { add_foreign_key { table: "t" name: "t_code" columns: "code" references_table: "codes"
      rationale: "r" on_violation { quarantine {} } } }
    step { add_check { table: "codes" column: "n" name: "codes_n" rationale: "r"
      rule { int64 { gte: 0 nullable: true } } on_violation { set_null {} } } }
    step { backfill { table: "codes" column: "n" rationale: "r" fill { value { sql: 'unicode(code)' } } } }
    step { add_column { table: "codes" column { name: "m" type: INTEGER not_null: true }
      backfill { value { sql: "n + 1" } } rationale: "r" } })");

  EXPECT_EQ(app.Text("SELECT m FROM codes"), "98 99");
  EXPECT_EQ(app.Text("SELECT count(*) FROM t"), "2");
  EXPECT_THAT(app.Try("INSERT INTO t VALUES (3, 'c')"), kTableRefused);
}

std::string DropTableStep(const std::string& name) {
  return absl::StrCat("phase: CONTRACT step { drop_table { name: '", name, "' rationale: 'r' } }");
}

TEST_P(TablesWays, ATableGoesAndComesBackWithEverything) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER, x TEXT AS (n || '!') "
      "STORED);"
      "INSERT INTO t (n) VALUES (5), (6), (7); DELETE FROM t WHERE id = 3;"
      "CREATE TABLE log (x); CREATE INDEX by_n ON t (n DESC) WHERE n > 0;"
      "CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NEW.n); END;",
      GetParam());

  ExpectThereAndBack(app, DropTableStep("t"));

  ASSERT_THAT(app.RollBack(), IsOk());
  EXPECT_EQ(app.Text("SELECT count(*) FROM log"), "0");
  app.Sql("INSERT INTO t (n) VALUES (8)");
  EXPECT_EQ(app.Text("SELECT id || x FROM t"), "15! 26! 48!");
}

TEST_P(TablesWays, TablesOfEveryKindGoAndComeBack) {
  const std::vector<std::string> tables = {
      ("CREATE TABLE t (a TEXT COLLATE NOCASE, b, PRIMARY KEY (b, a)) WITHOUT ROWID;"
       "INSERT INTO t VALUES ('x', 1), ('X', 2), ('y', 1.5);"),
      "CREATE TABLE t (a, b); INSERT INTO t (rowid, a, b) VALUES (-3, 1, 2), (9, NULL, x'00');",
      ("CREATE TABLE t (rowid, mig_rowid, b); INSERT INTO t (_rowid_, rowid, mig_rowid) VALUES "
       "(4, 'a', 'b');"),
      ("CREATE TABLE t (a TEXT PRIMARY KEY, b); INSERT INTO t (rowid, a) VALUES (7, 'a'), (3, "
       "NULL), (2, NULL);"),
      "CREATE TABLE t (rowid, _rowid_, oid); INSERT INTO t VALUES (1, 2, 3), (1, 2, 3);",
      "CREATE TABLE t (a INTEGER PRIMARY KEY DESC, b); INSERT INTO t VALUES (2, 1), (1, 2);",
      "CREATE TABLE t (a INT, b ANY) STRICT; INSERT INTO t VALUES (1, '1'), (2, 1.0);",
      ("CREATE TABLE t (a AUTOINCREMENT_like, b CHECK (b <> 3)); INSERT INTO t VALUES ('12', "
       "'3e0');"),
      "CREATE TABLE t (a);",
  };
  for (const std::string& table : tables) {
    SCOPED_TRACE(table);
    AppDatabase app(table, GetParam());
    ExpectThereAndBack(app, DropTableStep("t"));
  }
}

TEST_P(TablesWays, ATableThatSomethingNeedsDoesNotGo) {
  const std::vector<std::pair<std::string, std::string>> needed = {
      {"CREATE VIEW v AS SELECT * FROM t", "view v"},
      {"CREATE TRIGGER tr AFTER INSERT ON u BEGIN DELETE FROM t; END", "no such table: main.t"},
      {"CREATE TABLE child (t REFERENCES t)", "table child"},
  };
  for (const auto& [sql, message] : needed) {
    AppDatabase app("CREATE TABLE t (id INTEGER PRIMARY KEY, n); CREATE TABLE u (x);" + sql,
                    GetParam());
    ExpectRefused(app, DropTableStep("t"), ExitCode::kFailed, message);
  }
  AppDatabase own("CREATE TABLE t (id INTEGER PRIMARY KEY, up REFERENCES t)", GetParam());
  ExpectThereAndBack(own, DropTableStep("t"));
}

TEST_P(TablesWays, ATableIsReplacedByAnotherOfItsName) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, n); INSERT INTO t (n) VALUES (1), "
      "(2)",
      GetParam());

  ExpectThereAndBack(app, DropTableStep("t") + R"(
    step { create_table { name: "t" rationale: "r" column { name: "id" generated_key: true }
      column { name: "other" type: TEXT } } })");

  EXPECT_EQ(app.Text("SELECT count(*) FROM t"), "0");
}

TEST_P(TablesWays, ACheckGoesByItsNameOrItsText) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER CONSTRAINT n_pos CHECK (n > 0),"
      " m INTEGER CHECK( m  >  0 ), CHECK (n <> m));"
      "INSERT INTO t VALUES (1, 1, 2);",
      GetParam());

  ExpectThereAndBack(app, R"(step { drop_check { table: "t" name: "N_POS" rationale: "r" } }
    step { drop_check { table: "t" text: "m  >  0" rationale: "r" } })");

  EXPECT_THAT(app.Try("INSERT INTO t VALUES (2, -1, -2)"), IsOk());
  EXPECT_THAT(app.Try("INSERT INTO t VALUES (2, -1, -1)"), kTableRefused);
}

TEST_P(TablesWays, ATableThatAViewHasWaitedForGoesAgain) {
  AppDatabase app(
      "CREATE TABLE users (id INTEGER PRIMARY KEY); INSERT INTO users VALUES (1);"
      "CREATE VIEW waiting AS SELECT amount FROM orders;",
      GetParam());

  ExpectThereAndBack(app, kCreate);

  EXPECT_EQ(app.Text("SELECT count(*) FROM waiting"), "0");
  app.Sql("CREATE VIEW made_since AS SELECT amount FROM orders");
  EXPECT_THAT(std::string(app.RollBack().message()), HasSubstr("view made_since"));
}

TEST_P(TablesWays, ADroppedCheckComesBackOnlyIfTheRowsMeetIt) {
  AppDatabase app(
      "CREATE TABLE t (n INTEGER CHECK (n > 0), x CHECK (x <> '')); INSERT INTO t VALUES (1, "
      "'a')",
      GetParam());
  ASSERT_THAT(app.Apply(R"(step { drop_check { table: "t" text: "n > 0" rationale: "r" } })"),
              IsOk());
  app.Sql("INSERT INTO t VALUES (-1, 'b'), (NULL, 'c')");
  const Contents before = app.Read();

  const absl::Status refused = app.RollBack();

  EXPECT_EQ(migration::ExitCodeOf(refused), ExitCode::kData) << refused;
  EXPECT_THAT(std::string(refused.message()),
              HasSubstr("1 row of t breaks n > 0, which the way back puts in force again"));
  EXPECT_EQ(app.Read(), before);
  app.Sql("DELETE FROM t WHERE n < 0");
  ASSERT_THAT(app.RollBack(), IsOk());
  EXPECT_THAT(app.Try("INSERT INTO t VALUES (-1, 'b')"), kTableRefused);
}

TEST_P(TablesWays, WhatAStepMakesAndALaterOneTakesAwayNeedNotBeProved) {
  AppDatabase app("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO t VALUES (1, 1)",
                  GetParam());

  ExpectThereAndBack(app, R"(
    step { add_check { table: "t" column: "n" name: "c" rule { int64 { gte: 0 } } rationale: "r" } }
    step { drop_check { table: "t" name: "c" rationale: "r" } }
    step { add_column { table: "t" column { name: "b" type: BOOLEAN not_null: true default_value: "1" } rationale: "r" } }
    step { drop_column { table: "t" column: "b" rationale: "r" } }
    step { create_table { name: "u" column { name: "a" type: JSON not_null: true } rationale: "r" } }
    step { drop_table { name: "u" rationale: "r" } })");
}

TEST_P(TablesWays, TheWayBackStopsWhereTheSchemaWasChangedByOthers) {
  AppDatabase app("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO t VALUES (1, 1)",
                  GetParam());
  ASSERT_THAT(app.Apply(R"(
    step { add_check { table: "t" column: "n" name: "c" rule { int64 { gte: 0 } } rationale: "r" } })"),
              IsOk());
  app.Sql("ALTER TABLE t ADD COLUMN mine");
  const Contents before = app.Read();

  const absl::Status refused = app.RollBack();

  EXPECT_THAT(std::string(refused.message()), HasSubstr("table t was changed since"));
  EXPECT_EQ(app.Read(), before);
}

}  // namespace
}  // namespace daybook::migrator::sqlite
