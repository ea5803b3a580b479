// Indexes.

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
using ::testing::HasSubstr;

class IndexesWays : public EachWay {};
INSTANTIATE_TEST_SUITE_P(All, IndexesWays, AllWays(), NameOf);

constexpr char kIndexedRows[] =
    "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, x TEXT, UNIQUE (x, n));"
    "INSERT INTO t VALUES (1, 3, 'b'), (2, 1, 'A'), (3, NULL, 'a'), (4, NULL, 'a');";

std::string PlanOf(const AppDatabase& app, const std::string& query) {
  db::sqlite::Connection database = app.Open();
  auto select = database.Prepare("EXPLAIN QUERY PLAN " + query);
  EXPECT_THAT(select, IsOk());
  return select->Step().value() ? select->Text(3) : "";
}

TEST_P(IndexesWays, IndexesOfEveryKindSurviveARebuildAndAreUsed) {
  AppDatabase app(std::string(kIndexedRows) +
                      "CREATE INDEX part ON t (x) WHERE n IS NOT NULL;"
                      "CREATE INDEX expr ON t (n * 2, lower(x) DESC);"
                      "CREATE INDEX coll ON t (x COLLATE NOCASE);"
                      "CREATE UNIQUE INDEX uniq ON t (n);",
                  GetParam());

  ExpectThereAndBack(app, R"(step { add_check { table: "t" column: "n" name: "c"
    rule { int64 { gte: 0 nullable: true } } rationale: "r" } })");

  EXPECT_THAT(PlanOf(app, "SELECT * FROM t WHERE n * 2 = 4"), HasSubstr("expr"));
  EXPECT_THAT(PlanOf(app, "SELECT * FROM t WHERE x = 'a' COLLATE NOCASE"), HasSubstr("coll"));
  EXPECT_THAT(PlanOf(app, "SELECT x FROM t WHERE x > 'a' AND n IS NOT NULL"), HasSubstr("part"));
  EXPECT_THAT(app.Try("INSERT INTO t VALUES (9, 3, 'z')"),
              HasCode(absl::StatusCode::kAlreadyExists));
}

TEST_P(IndexesWays, IndexesOfEveryKindAreMade) {
  AppDatabase app(kIndexedRows, GetParam());

  ExpectThereAndBack(app, R"(
    step { create_index { table: "t" name: "plain" columns: "n" columns: "x" } }
    step { create_index { table: "t" name: "keys" where: "n > 0"
      key { column: "x" collation { sqlite: "NOCASE" postgres: "c" } descending: true }
      key { expression: "n % 10" } } }
    step { create_index { table: "t" name: "uniq" columns: "n" unique: true } })");

  EXPECT_EQ(app.Text("SELECT sql FROM sqlite_schema WHERE name = 'keys'"),
            "CREATE INDEX \"keys\" ON \"t\" (\"x\" COLLATE NOCASE DESC, (n % 10)) WHERE n > 0");
  EXPECT_THAT(app.Try("INSERT INTO t VALUES (9, 3, 'z')"),
              HasCode(absl::StatusCode::kAlreadyExists));
}

TEST_P(IndexesWays, AnIndexTakesThePlaceOfAnotherAndGivesItBack) {
  AppDatabase app(std::string(kIndexedRows) + "CREATE INDEX  ix ON t(n) -- old\n;", GetParam());

  ExpectThereAndBack(app, R"(step { replace_index { replaces: "ix" rationale: "r"
    index { table: "t" name: "ix" columns: "n" columns: "x" } } })");
  ASSERT_THAT(app.RollBack(), IsOk());
  ExpectThereAndBack(app, R"(step { replace_index { replaces: "ix" rationale: "r"
    index { table: "t" name: "other" columns: "n" columns: "x" } } })");

  EXPECT_EQ(
      app.Text(
          "SELECT name FROM sqlite_schema WHERE tbl_name = 't' AND type = 'index' AND sql > ''"),
      "other");
}

TEST_P(IndexesWays, RowsWithTheSameKeyStopAUniqueIndex) {
  AppDatabase app(kIndexedRows, GetParam());

  ExpectRefused(app,
                R"(step { create_index { table: "t" name: "uniq" columns: "x" unique: true } })",
                ExitCode::kData, "index uniq: rows of t have the same key");
  ExpectThereAndBack(app, R"(step { create_index { table: "t" name: "uniq" columns: "x" unique: true
    where: "n > 0" } })");
}

TEST_P(IndexesWays, AnIndexThatAForeignKeyNeedsIsNotReplaced) {
  AppDatabase app(
      "CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT); CREATE UNIQUE INDEX codes ON p (code);"
      "CREATE TABLE c (code TEXT REFERENCES p(code)); INSERT INTO p VALUES (1, 'a');"
      "INSERT INTO c VALUES ('a');",
      GetParam());

  ExpectRefused(app, R"(step { replace_index { replaces: "codes" rationale: "r"
    index { table: "p" name: "codes2" columns: "code" } } })",
                ExitCode::kFailed, "foreign key mismatch");
  ExpectThereAndBack(app, R"(step { replace_index { replaces: "codes" rationale: "r"
    index { table: "p" name: "codes2" columns: "code" unique: true } } })");
}

TEST_P(IndexesWays, AnIndexOverAnUnknownFunctionIsRefusedBeforeAnythingIsTouched) {
  AppDatabase app(kIndexedRows, GetParam());

  const auto over = [](const std::string& expression) {
    return absl::StrCat("step { create_index { table: 't' name: 'i' key { expression: '",
                        expression, "' } } }");
  };
  ExpectRefused(app, over("no_such(n)"), ExitCode::kFailed, "no such function: no_such");
  ExpectRefused(app, over("random()"), ExitCode::kFailed, "non-deterministic");
}

}  // namespace
}  // namespace daybook::migrator::sqlite
