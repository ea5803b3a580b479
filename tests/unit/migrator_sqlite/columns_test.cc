// Columns that come, go and are filled.

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
using ::testing::Contains;
using ::testing::HasSubstr;

const auto kColumnRefused = HasCode(absl::StatusCode::kFailedPrecondition);

constexpr char kThree[] =
    "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO t VALUES (1, 5), (2, 6), (3, "
    "NULL);";

std::string Add(const std::string& column, const std::string& more = "") {
  return absl::StrCat("step { add_column { table: 't' column { ", column, " } rationale: 'r' ",
                      more, " } }");
}

class ColumnsWays : public EachWay {};
INSTANTIATE_TEST_SUITE_P(All, ColumnsWays, AllWays(), NameOf);

TEST_P(ColumnsWays, AColumnThatMayBeNullIsAdded) {
  AppDatabase app(kThree, GetParam());

  ExpectThereAndBack(app, Add("name: 'c' type: TEXT"));

  EXPECT_EQ(app.Text("SELECT coalesce(c, '-') FROM t"), "- - -");
  EXPECT_EQ(app.strategy, GetParam().always_anew ? Plan::Strategy::kSingleTransaction
                                                 : Plan::Strategy::kSchemaEdit);
}

TEST_P(ColumnsWays, AColumnWithAConstantIsAddedAndNoRowWritten) {
  AppDatabase app(kThree, GetParam());

  ExpectThereAndBack(app, Add("name: 'c' type: INTEGER not_null: true default_value: '-7'"));

  EXPECT_EQ(app.Text("SELECT c FROM t"), "-7 -7 -7");
  EXPECT_EQ(app.Text("SELECT id FROM t WHERE c = -7"), "1 2 3");
  EXPECT_THAT(app.Try("INSERT INTO t (c) VALUES (NULL)"), kColumnRefused);
  EXPECT_EQ(app.strategy, GetParam().always_anew ? Plan::Strategy::kSingleTransaction
                                                 : Plan::Strategy::kSchemaEdit);
}

TEST_P(ColumnsWays, ATimeIsOfTheMigrationOrUnknownForRowsThatWereThere) {
  AppDatabase app(kThree, GetParam());

  ASSERT_THAT(app.Apply(Add("name: 'at' type: TIMESTAMP default_value: 'CURRENT_TIMESTAMP'") +
                        Add("name: 'since' type: TIMESTAMP default_value: 'CURRENT_TIMESTAMP'",
                            "backfill_null: true")),
              IsOk());

  EXPECT_EQ(app.Text("SELECT count(at) || count(since) FROM t"), "30");
  app.Sql("INSERT INTO t (n) VALUES (9)");
  EXPECT_EQ(app.Text("SELECT count(since) FROM t"), "1");
  ASSERT_THAT(app.RollBack(), IsOk());
}

TEST_P(ColumnsWays, ADefaultThatIsAnExpressionIsWorkedOutForEachRow) {
  AppDatabase app(kThree, GetParam());

  ExpectThereAndBack(app,
                     Add("name: 'c' type: TEXT not_null: true default_value: \"('a' || 'b')\""));

  EXPECT_EQ(app.Text("SELECT typeof(c) || c FROM t"), "textab textab textab");
}

TEST_P(ColumnsWays, ABackfilledColumnIsNotNullOnceItHasItsValues) {
  AppDatabase app(kThree, GetParam());

  ExpectThereAndBack(app, Add("name: 'c' type: INTEGER not_null: true",
                              "backfill { value { sql: 'coalesce(n, 0) * 10' } }"));

  EXPECT_EQ(app.Text("SELECT c FROM t"), "50 60 0");
  EXPECT_THAT(app.Try("INSERT INTO t (n) VALUES (1)"), kColumnRefused);
}

TEST_P(ColumnsWays, RowsThatABackfillLeavesWithoutAValueStopIt) {
  AppDatabase app(kThree, GetParam());

  ExpectRefused(app,
                Add("name: 'c' type: INTEGER not_null: true", "backfill { value { sql: 'n' } }"),
                ExitCode::kData, "do not fit its new shape: NOT NULL constraint failed: t.c");
  ExpectRefused(app,
                Add("name: 'c' type: INTEGER not_null: true",
                    "backfill { value { sql: '1' } where { sql: 'id < 3' } }"),
                ExitCode::kData, "NOT NULL constraint failed: t.c");
  ExpectRefused(app, Add("name: 'c' type: INTEGER not_null: true"), ExitCode::kData,
                "NOT NULL constraint failed: t.c");
}

TEST_P(ColumnsWays, RowsOutsideABackfillHaveTheDefault) {
  AppDatabase app(kThree, GetParam());

  ExpectThereAndBack(app, Add("name: 'c' type: INTEGER not_null: true default_value: '-1'",
                              "backfill { value { sql: 'n' } where { sql: 'n = 6' } }"));

  EXPECT_EQ(app.Text("SELECT c FROM t"), "-1 6 -1");
}

TEST_P(ColumnsWays, EveryTypeHasItsFormAndItsCheck) {
  AppDatabase app(kThree, GetParam());

  ExpectThereAndBack(
      app,
      R"(step { add_enum { name: "mood" values: "good" values: "it's bad" rationale: "r" } })" +
          Add("name: 'i' type: INTEGER") + Add("name: 'x' type: TEXT") +
          Add("name: 'b' type: BLOB") + Add("name: 'r' type: REAL") +
          Add("name: 'd' type: DECIMAL") + Add("name: 'o' type: BOOLEAN") +
          Add("name: 'a' type: TIMESTAMP") + Add("name: 'j' type: JSON") +
          Add("name: 'e' enum_type: 'mood'") +
          Add("name: 'v' sql_type { sqlite: 'VARCHAR(10)' postgres: 'x' }"));

  EXPECT_EQ(
      app.Text("SELECT type FROM pragma_table_info('t')"),
      "INTEGER INTEGER INTEGER TEXT BLOB REAL NUMERIC BOOLEAN DATETIME TEXT TEXT VARCHAR(10)");
  for (const char* const right : {"o = TRUE", "o = 0", "o = NULL", "j = '{\"a\": [1]}'", "j = NULL",
                                  "e = 'good'", "e = 'it''s bad'", "e = NULL", "d = 1.25"}) {
    EXPECT_THAT(app.Try(absl::StrCat("UPDATE t SET ", right)), IsOk()) << right;
  }
  for (const char* const wrong : {"o = 2", "o = 'yes'", "o = 0.5", "j = '{'", "j = ''",
                                  "j = x'7b7d'", "e = 'Good'", "e = ''", "e = 1"}) {
    EXPECT_THAT(app.Try(absl::StrCat("UPDATE t SET ", wrong)), kColumnRefused) << wrong;
  }
}

TEST_P(ColumnsWays, ADefaultThatTheColumnWouldNotTakeIsRefused) {
  AppDatabase app(kThree, GetParam());
  const std::string mood = R"(step { add_enum { name: "mood" values: "good" rationale: "r" } })";

  ExpectRefused(app, Add("name: 'c' type: BOOLEAN default_value: '5'"), ExitCode::kFailed,
                "the default of t.c is not what it takes: CHECK constraint failed: t_c_bool");
  ExpectRefused(app, Add("name: 'c' type: JSON default_value: \"'{'\""), ExitCode::kFailed,
                "t_c_json");
  ExpectRefused(app, mood + Add("name: 'c' enum_type: 'mood' default_value: \"'bad'\""),
                ExitCode::kFailed, "t_c_mood");
  ExpectRefused(app, Add("name: 'c' type: TEXT not_null: true default_value: 'NULL'"),
                ExitCode::kFailed, "NOT NULL constraint failed");
  AppDatabase strict("CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT; INSERT INTO t VALUES (1)",
                     GetParam());
  ExpectRefused(strict, Add("name: 'c' type: INTEGER default_value: \"'abc'\""), ExitCode::kFailed,
                "cannot store TEXT value in INTEGER column");
}

TEST_P(ColumnsWays, AnEnumThatNobodyDeclaredIsSaid) {
  AppDatabase app(kThree, GetParam());

  ExpectRefused(app, Add("name: 'c' enum_type: 'mood'"), ExitCode::kUsage,
                "no enum mood is declared");
}

TEST_P(ColumnsWays, AnEnumOfAnEarlierMigrationServes) {
  AppDatabase app(kThree, GetParam());
  ASSERT_THAT(app.Apply(R"(step { add_enum { name: "mood" values: "good" rationale: "r" } })"),
              IsOk());

  ExpectThereAndBack(app,
                     Add("name: 'c' enum_type: 'mood' not_null: true default_value: \"'good'\""));

  EXPECT_THAT(app.Try("UPDATE t SET c = 'bad'"), kColumnRefused);
}

TEST_P(ColumnsWays, ColumnsAreAddedBehindOthersInEveryKindOfTable) {
  const std::vector<std::string> tables = {
      "CREATE TABLE t (a TEXT PRIMARY KEY, b) WITHOUT ROWID",
      "CREATE TABLE t (a, b, PRIMARY KEY (b, a), CHECK (a <> 'z')) -- end",
      "CREATE TABLE t (a TEXT, b ANY) STRICT",
      "CREATE TABLE t (a, b, c2 AS (a || b), c3 TEXT AS (a) STORED)",
  };
  for (const std::string& table : tables) {
    AppDatabase app(table + "\n;INSERT INTO t (a, b) VALUES ('x', 1), ('y', 2);", GetParam());
    ExpectThereAndBack(app, Add("name: 'n' type: INTEGER not_null: true default_value: '3'") +
                                Add("name: 'm' type: TEXT"));
    EXPECT_EQ(app.Text("SELECT a || b || n || coalesce(m, '-') FROM t"), "x13- y23-") << table;
  }
}

TEST_P(ColumnsWays, ValuesThatProgramsWroteAreArchivedOnTheWayBack) {
  AppDatabase app(kThree, GetParam());
  ASSERT_THAT(app.Apply(Add("name: 'c' type: INTEGER not_null: true default_value: '3'")), IsOk());
  app.Sql("UPDATE t SET c = 99 WHERE id = 2");

  ASSERT_THAT(app.RollBack(), IsOk());

  EXPECT_EQ(app.Text("SELECT table_name || column_name || row_count || state FROM mig_archive"),
            "tc1held");
  EXPECT_EQ(app.Text("SELECT key_1 || ':' || was FROM mig_archive_1"), "2:99");
}

std::string DropStep(const std::string& column) {
  return absl::StrCat("phase: CONTRACT step { drop_column { table: 't' column: '", column,
                      "' rationale: 'r' } }");
}

TEST_P(ColumnsWays, AColumnGoesAndComesBackInItsPlaceWithItsValues) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b /* why */ INTEGER DEFAULT 5, c TEXT);"
      "INSERT INTO t VALUES (1, 'x', 1, 'p'), (2, 'y', NULL, 'q'), (3, 'z', 5, 'r');",
      GetParam());

  ExpectThereAndBack(app, DropStep("b"));

  EXPECT_EQ(app.Text("SELECT group_concat(name) FROM pragma_table_info('t')"), "id,a,c");
  app.Sql(
      "INSERT INTO t VALUES (4, 'new', 's'); DELETE FROM t WHERE id = 1; UPDATE t SET a = 'w'"
      " WHERE id = 3");
  ASSERT_THAT(app.RollBack(), IsOk());
  EXPECT_EQ(app.Text("SELECT id || a || coalesce(b, '-') || c FROM t"), "2y-q 3w5r 4new5s");
}

TEST_P(ColumnsWays, AColumnThatMustNotBeNullComesBack) {
  AppDatabase app(
      "CREATE TABLE t (k TEXT PRIMARY KEY, a TEXT NOT NULL UNIQUE CHECK (a <> ''), c TEXT);"
      "INSERT INTO t VALUES ('1', 'x', 'p'), ('2', 'y', 'q');",
      GetParam());

  ExpectThereAndBack(app, DropStep("a"));

  app.Sql("INSERT INTO t VALUES ('3', 'r')");
  const Contents before = app.Read();
  const absl::Status refused = app.RollBack();
  EXPECT_EQ(migration::ExitCodeOf(refused), ExitCode::kData) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("NOT NULL constraint failed: t.a"));
  EXPECT_EQ(app.Read(), before);
  app.Sql("DELETE FROM t WHERE k = '3'");
  EXPECT_THAT(app.RollBack(), IsOk());
}

// Rowids change when a database is dumped or compacted, keys do not.
TEST_P(ColumnsWays, ValuesFindTheirRowsByTheKeyAfterRowidsChanged) {
  AppDatabase app(
      "CREATE TABLE t (k TEXT COLLATE NOCASE PRIMARY KEY, a TEXT);"
      "INSERT INTO t (rowid, k, a) VALUES (5, 'Five', 'x'), (9, 'Nine', 'y');",
      GetParam());
  ASSERT_THAT(app.Apply(DropStep("a")), IsOk());
  app.Sql(
      "CREATE TABLE copy AS SELECT * FROM t ORDER BY k DESC; DELETE FROM t;"
      "INSERT INTO t SELECT * FROM copy; DROP TABLE copy;");
  EXPECT_EQ(app.Text("SELECT rowid || k FROM t ORDER BY rowid"), "1Nine 2Five");

  ASSERT_THAT(app.RollBack(), IsOk());

  EXPECT_EQ(app.Text("SELECT k || a FROM t ORDER BY k"), "Fivex Niney");
}

TEST_P(ColumnsWays, AKeyThatIsNullTellsNoRows) {
  AppDatabase app(
      "CREATE TABLE t (k TEXT PRIMARY KEY, a TEXT);"
      "INSERT INTO t VALUES (NULL, 'x'), (NULL, 'y'), ('k', 'z');",
      GetParam());

  ExpectThereAndBack(app, DropStep("a"));
}

TEST_P(ColumnsWays, AnArchiveThatWasChangedIsNotPutBack) {
  AppDatabase app(kThree, GetParam());
  ASSERT_THAT(app.Apply(DropStep("n")), IsOk());
  app.Sql("UPDATE mig_archive_1 SET was = 77 WHERE key_1 = 2");
  const Contents before = app.Read();

  const absl::Status refused = app.RollBack();

  EXPECT_EQ(migration::ExitCodeOf(refused), ExitCode::kVerification) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("was changed since"));
  EXPECT_EQ(app.Read(), before);
}

TEST_P(ColumnsWays, AColumnThatSomethingNeedsDoesNotGo) {
  const std::vector<std::pair<std::string, std::string>> needed = {
      {"CREATE INDEX ix ON t (n)", "index ix"},
      {"CREATE INDEX ix ON t (id, abs(n))", "index ix"},
      {"CREATE INDEX ix ON t (id) WHERE n > 0", "index ix"},
      {"CREATE VIEW v AS SELECT n FROM t", "no such column: n"},
      {"CREATE TRIGGER tr AFTER UPDATE OF id, N ON t BEGIN SELECT 1; END", "trigger tr fires"},
      {"CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT NEW.n; END", "no such column: NEW.n"},
      {"CREATE TRIGGER tr AFTER INSERT ON u BEGIN UPDATE t SET n = 1; END", "no such column: n"},
      {"ALTER TABLE t ADD COLUMN g AS (n + 1)", "needed by"},
      {"CREATE TABLE child (n REFERENCES t (n))", "foreign key mismatch"},
      {"ALTER TABLE t ADD COLUMN m CHECK (m > n)", "needed by"},
  };
  for (const auto& [sql, message] : needed) {
    AppDatabase app(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER UNIQUE); CREATE TABLE u (x);" + sql,
        GetParam());
    ExpectRefused(app, DropStep("n"), ExitCode::kFailed, message);
  }
  AppDatabase app("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, UNIQUE (id, n))", GetParam());
  ExpectRefused(app, DropStep("n"), ExitCode::kFailed, "drop that first");
  ExpectRefused(app, DropStep("id"), ExitCode::kFailed, "id is needed");
  AppDatabase one("CREATE TABLE t (n)", GetParam());
  ExpectRefused(one, DropStep("n"), ExitCode::kFailed, "the only column");
}

TEST_P(ColumnsWays, AGeneratedColumnGoesAndComesBack) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, twice AS (n * 2));"
      "INSERT INTO t VALUES (1, 4);",
      GetParam());

  ExpectThereAndBack(app, DropStep("twice"));

  ASSERT_THAT(app.RollBack(), IsOk());
  EXPECT_EQ(app.Text("SELECT twice FROM t"), "8");
}

TEST_P(ColumnsWays, AColumnOfTheSameNameIsAnother) {
  AppDatabase app(kThree, GetParam());

  ExpectThereAndBack(
      app, DropStep("n") + Add("name: 'n' type: TEXT not_null: true default_value: \"'new'\""));

  EXPECT_EQ(app.Text("SELECT n FROM t"), "new new new");
  ASSERT_THAT(app.RollBack(), IsOk());
  EXPECT_EQ(app.Text("SELECT coalesce(n, '-') FROM t"), "5 6 -");
}

TEST_P(ColumnsWays, ALaterStepSeesWhatAnEarlierOneAdded) {
  AppDatabase app(kThree, GetParam());

  ExpectThereAndBack(
      app,
      Add("name: 'a' type: INTEGER", "backfill { value { sql: 'n + 1' } }") +
          Add("name: 'b' type: INTEGER", "backfill { value { sql: 'a + 1' } }") +
          Add("name: 'c' type: INTEGER", "backfill { value { sql: '(SELECT max(b) FROM t)' } }"));

  EXPECT_EQ(app.Text("SELECT coalesce(b, '-') || c FROM t"), "78 88 -8");
}

std::string Fill(const std::string& value, const std::string& more = "") {
  return absl::StrCat(
      "step { backfill { table: 't' column: 'n' rationale: 'r' fill { value { sql: \"", value,
      "\" } ", more, " }");
}

TEST_P(ColumnsWays, AFillGivesValuesToThoseWithoutAndTakesThemBack) {
  AppDatabase app(kThree, GetParam());

  ExpectThereAndBack(app, Fill("id * 100") + " } }");

  EXPECT_EQ(app.Text("SELECT n FROM t"), "5 6 300");
}

TEST_P(ColumnsWays, AFillMayOverwriteAndBeLimited) {
  AppDatabase app(kThree, GetParam());

  ExpectThereAndBack(
      app, Fill("id * 100", "where { sql: 'id > 1 OR id IS NULL' }") + " overwrite: true } }");

  EXPECT_EQ(app.Text("SELECT n FROM t"), "5 200 300");
}

TEST_P(ColumnsWays, AFilledRowThatWasEditedSinceStaysAndIsReported) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT COLLATE NOCASE);"
      "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, NULL);",
      GetParam());
  ASSERT_THAT(app.Apply(Fill("'made up'") + " overwrite: true } }"), IsOk());
  app.Sql(
      "UPDATE t SET n = 'Made Up' WHERE id = 2; UPDATE t SET n = NULL WHERE id = 3;"
      "DELETE FROM t WHERE id = 4; INSERT INTO t VALUES (6, 'made up')");

  ASSERT_THAT(app.RollBack(), IsOk());

  EXPECT_EQ(app.Text("SELECT id || coalesce(n, '-') FROM t"), "1a 2Made Up 3- 5- 6made up");
  EXPECT_THAT(app.observer.notes, Contains(HasSubstr("conflict: 2 rows of t were changed since")));
  EXPECT_EQ(app.Text("SELECT state FROM mig_archive"), "conflict");
  EXPECT_EQ(app.Text("SELECT was FROM mig_archive_1 WHERE key_1 = 2"), "b");
}

TEST_P(ColumnsWays, TwoFillsOfOneColumnAreTakenBackInTurn) {
  AppDatabase app(kThree, GetParam());

  ExpectThereAndBack(app,
                     Fill("1") + " overwrite: true } }" + Fill("n + 1") + " overwrite: true } }");

  EXPECT_EQ(app.Text("SELECT n FROM t"), "2 2 2");
}

TEST_P(ColumnsWays, TheOnlyColumnOfATableIsFilled) {
  AppDatabase app("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (NULL), (2)", GetParam());

  ExpectThereAndBack(app, Fill("7") + " } }");

  EXPECT_EQ(app.Text("SELECT n FROM t"), "7 2");
}

TEST_P(ColumnsWays, AFillThatAConstraintForbidsIsRefused) {
  AppDatabase app(
      "CREATE TABLE t (n INTEGER UNIQUE CHECK (n < 10)); INSERT INTO t VALUES (NULL), (NULL)",
      GetParam());

  ExpectRefused(app, Fill("7") + " } }", ExitCode::kData, "UNIQUE constraint failed: t.n");
  ExpectRefused(app, Fill("70") + " } }", ExitCode::kData, "CHECK constraint failed");
}

TEST_P(ColumnsWays, RowsThatNothingTellsApartCannotBeFilled) {
  AppDatabase app("CREATE TABLE t (rowid, _rowid_, oid, n); INSERT INTO t VALUES (1, 2, 3, NULL)",
                  GetParam());

  ExpectRefused(app, Fill("7") + " } }", ExitCode::kRefused, "nothing tells the rows of t apart");
}

}  // namespace
}  // namespace daybook::migrator::sqlite
