// Views, triggers and names.

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_replace.h"

#include "migrator/sqltext/name.h"
#include "support/app_database.h"
#include "support/status_matchers.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::migration::ExitCode;
using ::daybook::sqltext::QuoteName;
using ::daybook::testing::AllWays;
using ::daybook::testing::AppDatabase;
using ::daybook::testing::EachWay;
using ::daybook::testing::ExpectRefused;
using ::daybook::testing::ExpectThereAndBack;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::daybook::testing::NameOf;

const auto kNameRefused = HasCode(absl::StatusCode::kFailedPrecondition);

constexpr char kNamedCheck[] = R"(step { add_check {
  table: "t" column: "n" name: "t_n" rule { int64 { gte: 0 nullable: true } } rationale: "r" } })";

class NamesWays : public EachWay {};
INSTANTIATE_TEST_SUITE_P(All, NamesWays, AllWays(), NameOf);

TEST_P(NamesWays, ViewsStayWordForWordAndCanBeRead) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO t VALUES (1, 5);"
      "CREATE VIEW v AS -- by hand\n  SELECT  n*2 AS twice FROM t;"
      "CREATE VIEW over_v(x) AS SELECT twice + 1 FROM v;",
      GetParam());

  ExpectThereAndBack(app, kNamedCheck);

  EXPECT_EQ(app.Text("SELECT x FROM over_v"), "11");
  EXPECT_EQ(app.Text("SELECT sql FROM sqlite_schema WHERE name = 'v'"),
            "CREATE VIEW v AS -- by hand\n  SELECT  n*2 AS twice FROM t");
}

TEST_P(NamesWays, TriggersStayFireOnceAndInTheirOrderAndNotForTheCopy) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); CREATE TABLE log (what TEXT);"
      "INSERT INTO t VALUES (1, 5), (2, 6);"
      "CREATE TRIGGER second AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('second'); END;"
      "CREATE TRIGGER first AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('first'); END;"
      "CREATE TRIGGER gone AFTER DELETE ON t BEGIN INSERT INTO log VALUES ('gone'); END;"
      "CREATE TRIGGER before_insert BEFORE INSERT ON t WHEN NEW.n = 99 BEGIN"
      " SELECT RAISE(ABORT, 'not 99; -- END'); END;",
      GetParam());
  app.Sql("INSERT INTO t VALUES (3, 7)");
  const std::string order = app.Text("SELECT what FROM log");
  app.Sql("DELETE FROM log");

  ExpectThereAndBack(app, kNamedCheck);

  EXPECT_EQ(app.Text("SELECT count(*) FROM log"), "0");
  app.Sql("INSERT INTO t VALUES (4, 8)");
  EXPECT_EQ(app.Text("SELECT what FROM log"), order);
  EXPECT_FALSE(app.Try("INSERT INTO t VALUES (5, 99)").ok());
}

TEST_P(NamesWays, TriggersOfViewsAndOfOtherTablesThatUseTheTableStay) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); CREATE TABLE u (n INTEGER);"
      "CREATE VIEW v AS SELECT n FROM t;"
      "CREATE TRIGGER write_v INSTEAD OF INSERT ON v BEGIN INSERT INTO t (n) VALUES (NEW.n); END;"
      "CREATE TRIGGER u_to_t AFTER INSERT ON u BEGIN INSERT INTO t (n) VALUES (NEW.n); END;",
      GetParam());

  ExpectThereAndBack(app, kNamedCheck);

  app.Sql("INSERT INTO v VALUES (1); INSERT INTO u VALUES (2)");
  EXPECT_EQ(app.Text("SELECT n FROM t"), "1 2");
  EXPECT_THAT(app.Try("INSERT INTO v VALUES (-1)"), kNameRefused);
}

TEST_P(NamesWays, ABrokenViewOfBeforeIsNoObstacleAndStaysBroken) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); CREATE TABLE gone (x);"
      "CREATE VIEW broken AS SELECT x FROM gone; DROP TABLE gone;"
      "CREATE TRIGGER broken_too AFTER INSERT ON t BEGIN INSERT INTO gone VALUES (1); END;",
      GetParam());

  ExpectThereAndBack(app, kNamedCheck);

  EXPECT_FALSE(app.Try("SELECT * FROM broken").ok());
}

TEST_P(NamesWays, IndexesStayWordForWordUnderTheirNames) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, x TEXT UNIQUE, UNIQUE (n, x));"
      "CREATE INDEX  ix ON t(n DESC) ; CREATE INDEX mig_by_x ON t(x) WHERE n > 0;"
      "INSERT INTO t VALUES (1, 5, 'a');",
      GetParam());

  ExpectThereAndBack(app, kNamedCheck);

  EXPECT_EQ(app.Text("SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 't'"
                     " ORDER BY name"),
            "ix mig_by_x sqlite_autoindex_t_1 sqlite_autoindex_t_2");
  EXPECT_THAT(app.Try("INSERT INTO t VALUES (2, 6, 'a')"),
              HasCode(absl::StatusCode::kAlreadyExists));
}

TEST_P(NamesWays, ATableOfTheUserWithTheNameOfOursIsLeftAlone) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO t VALUES (1, 5);"
      "CREATE TABLE mig_new_t (x); INSERT INTO mig_new_t VALUES ('mine');"
      "CREATE TABLE MIG_NEW_T_ (x);",
      GetParam());
  app.leftover = "mig_new_t MIG_NEW_T_";

  ExpectThereAndBack(app, kNamedCheck);

  EXPECT_EQ(app.Text("SELECT x FROM mig_new_t"), "mine");
}

TEST_P(NamesWays, TablesWhoseNamesBeginLikeOursAreTablesLikeOthers) {
  AppDatabase app(
      "CREATE TABLE mig_report (id INTEGER PRIMARY KEY, n INTEGER);"
      "INSERT INTO mig_report VALUES (1, 5), (2, -5);",
      GetParam());

  ExpectThereAndBack(app, R"(step { add_check { table: "mig_report" column: "n" name: "c"
    rule { int64 { gte: 0 } } rationale: "r" on_violation { quarantine {} } } })");

  EXPECT_EQ(app.Text("SELECT n FROM mig_report"), "5");
}

TEST_P(NamesWays, NamesAreComparedAsSQLiteComparesThem) {
  AppDatabase app(
      "CREATE TABLE Users (Id INTEGER PRIMARY KEY, É INTEGER, é INTEGER);"
      "CREATE INDEX Ix ON Users (É); INSERT INTO Users VALUES (1, -5, 6);",
      GetParam());

  ExpectThereAndBack(app, R"(step { add_check { table: "USERS" column: "é" name: "c"
    rule { int64 { gte: 0 } } rationale: "r" on_violation { quarantine {} } } }
    step { create_index { table: "uSERS" name: "by_e" columns: "É" } }
    step { replace_index { replaces: "IX" rationale: "r"
      index { table: "users" name: "ix" columns: "ID" columns: "É" } } })");

  EXPECT_EQ(app.Text("SELECT id FROM users"), "1");
  EXPECT_THAT(app.Try("INSERT INTO users VALUES (2, 1, -1)"), kNameRefused);
  EXPECT_THAT(app.Try("INSERT INTO users VALUES (2, -1, 1)"), IsOk());
}

const char* const kOddNames[] = {
    "two words", "do.ts",  "quo\"te",  "quote's", "back`tick", "brack]et", "[brackets]",
    "order",     "select", "NULL",     "42",      "-",         "é한글",    "🙂",
    "a;b",       "--",     "/* c */",  "rowid",   "%s_%",      "new",      "line\nend",
    "tab\there", "(",      "mig_kept", "NEW.x",   "\\",        "t\"\"t",   "mig_parent",
};

class OddNames : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, OddNames, ::testing::ValuesIn(kOddNames),
                         [](const auto& name) { return absl::StrCat("Name", name.index); });

// `$` is the name in quotes, and @ the same inside a textproto's string.
std::string Named(const std::string& text, const std::string& name) {
  const std::string escaped =
      absl::StrReplaceAll(name, {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}, {"\t", "\\t"}});
  const std::string quoted_escaped = absl::StrReplaceAll(
      QuoteName(name), {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}, {"\t", "\\t"}});
  return absl::StrReplaceAll(text, {{"$", QuoteName(name)}, {"@", escaped}, {"#", quoted_escaped}});
}

constexpr char kOddSchema[] =
    "CREATE TABLE $ ($ INTEGER, k TEXT PRIMARY KEY, CONSTRAINT $ UNIQUE (k, $));"
    "CREATE TABLE child (id INTEGER PRIMARY KEY AUTOINCREMENT, $ TEXT);"
    "CREATE INDEX \"ix $\" ON $ ($);"
    "CREATE TRIGGER \"tr $\" AFTER UPDATE OF $ ON $ WHEN NEW.$ > 5 BEGIN UPDATE $ SET $ = 5"
    " WHERE k = NEW.k; END;"
    "CREATE VIEW \"v $\" AS SELECT $ FROM $;"
    "INSERT INTO $ VALUES (1, 'a'), (-2, 'b'), (3, 'c');"
    "INSERT INTO child ($) VALUES ('a'), ('b'), ('x');";

std::string OddSchema(const std::string& name) {
  // Names of other objects that contain the name, quoted as a whole.
  return Named(absl::StrReplaceAll(kOddSchema, {{"\"ix $\"", QuoteName("ix " + name)},
                                                {"\"tr $\"", QuoteName("tr " + name)},
                                                {"\"v $\"", QuoteName("v " + name)}}),
               name);
}

TEST_P(OddNames, AreHandledByEveryKindOfStep) {
  for (const bool anew : {false, true}) {
    AppDatabase app(OddSchema(GetParam()), {.always_anew = anew});

    ExpectThereAndBack(app, Named(R"(
      step { add_check { table: "@" column: "@" name: "@ check" rationale: "r"
        rule { int64 { gte: 0 } } on_violation { quarantine { with_referencing_rows: true } } } }
      step { add_foreign_key { table: "child" name: "@ fk" columns: "@" references_table: "@"
        rationale: "r" on_violation { set_null {} } index_name: "@ by" } }
      step { add_column { table: "@" column { name: "@ 2" type: BOOLEAN not_null: true default_value: "0" }
        rationale: "r" } }
      step { add_column { table: "@" column { name: "@ 3" type: INTEGER }
        backfill { value { sql: "# + 1" } where { sql: "# > 1" } } rationale: "r" } }
      step { backfill { table: "@" column: "@ 3" rationale: "r" overwrite: true
        fill { value { sql: "# * 2" } } } }
      step { create_table { name: "@ t" rationale: "r" column { name: "@ id" generated_key: true }
        column { name: "@" type: TEXT }
        check { column: "@" name: "@ c" rationale: "r" rule { string { max_chars: 5 nullable: true } } }
        foreign_key { name: "@ f" columns: "@" references_table: "@" }
        index { name: "@ i" columns: "@" } } }
      step { create_index { table: "@" name: "@ ix" key { column: "@" descending: true }
        where: "# > 0" } }
      step { replace_index { replaces: "@ ix" rationale: "r" index { table: "@" name: "@ ix2"
        columns: "@ 2" } } })",
                                  GetParam()));

    EXPECT_EQ(app.Text(Named("SELECT k FROM $", GetParam())), "a c");
    EXPECT_EQ(app.Text(Named("SELECT coalesce($, '-') FROM child", GetParam())), "a - -");
  }
}

TEST_P(OddNames, AreRenamedAndDropped) {
  AppDatabase app(OddSchema(GetParam()));
  app.Sql(Named("DROP VIEW $", absl::StrCat("v ", GetParam())));
  ExpectThereAndBack(app,
                     Named(R"(phase: EXPAND step { rename_column { table: "@" from: "@" to: "@@"
    rationale: "r" } })",
                           GetParam()));
  app.Sql(Named("UPDATE $ SET $ = 4 WHERE k = 'a'", GetParam()));
  EXPECT_EQ(app.Text(absl::StrCat("SELECT ", QuoteName(absl::StrCat(GetParam(), GetParam())),
                                  " FROM ", QuoteName(GetParam()), " WHERE k = 'a'")),
            "4");
  ExpectThereAndBack(app, Named(R"(phase: CONTRACT step { rename_column { table: "@" from: "@"
    to: "@@" rationale: "r" } })",
                                GetParam()));
  EXPECT_EQ(app.Text(absl::StrCat("SELECT ", QuoteName(absl::StrCat(GetParam(), GetParam())),
                                  " FROM ", QuoteName(GetParam()), " ORDER BY k")),
            "4 -2 3");
  ExpectThereAndBack(app, Named(R"(phase: CONTRACT step { drop_column { table: "child" column: "@"
    rationale: "r" } } step { drop_table { name: "@" rationale: "r" } })",
                                GetParam()));
}

TEST(Names, AnEmptyNameIsAName) {
  AppDatabase app(
      "CREATE TABLE \"\" (\"\" INTEGER, n INTEGER); INSERT INTO \"\" VALUES (1, 2), (3, -4);"
      "CREATE TABLE t (\"\" TEXT, n INTEGER); INSERT INTO t VALUES ('a', -1);",
      {.always_anew = true});

  ExpectThereAndBack(app, R"(step { add_check { table: "t" column: "n" name: "c"
    rule { int64 { gte: 0 } } rationale: "r" on_violation { clamp {} } } })");

  EXPECT_EQ(app.Text("SELECT \"\" || n FROM t"), "a0");
}

TEST(Names, WhatIsNotThereIsSaid) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, CONSTRAINT c CHECK (n > 0));"
      "CREATE INDEX ix ON t (n); CREATE VIEW v AS SELECT * FROM t;");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"(add_check { table: "u" column: "n" name: "x" rule { int64 { gte: 0 } } })",
       "there is no table u"},
      {R"(add_check { table: "v" column: "n" name: "x" rule { int64 { gte: 0 } } })",
       "there is no table v"},
      {R"(add_check { table: "t" column: "m" name: "x" rule { int64 { gte: 0 } } })",
       "table t has no column m"},
      {R"(add_check { table: "t" column: "n" name: "C" rule { int64 { gte: 0 } } })",
       "table t has a constraint C already"},
      {R"(drop_check { table: "t" name: "d" })", "table t has no check d"},
      {R"(drop_check { table: "t" text: "n  > 0" })", "table t has no check n  > 0"},
      {R"(add_column { table: "t" column { name: "N" type: TEXT } })",
       "table t has a column N already"},
      {R"(drop_column { table: "t" column: "m" })", "table t has no column m"},
      {R"(backfill { table: "t" column: "m" fill { value { sql: "1" } } })",
       "table t has no column m"},
      {R"(backfill { table: "t" column: "id" fill { value { sql: "1" } } })", "primary key"},
      {R"(create_table { name: "V" column { name: "a" type: TEXT } })",
       "the name is taken by view v"},
      {R"(create_table { name: "ix" column { name: "a" type: TEXT } })",
       "the name is taken by index ix"},
      {R"(create_index { table: "t" name: "IX" columns: "n" })", "the name is taken by index ix"},
      {R"(create_index { table: "t" name: "i2" columns: "m" })", "table t has no column m"},
      {R"(create_index { table: "t" name: "i2" key { column: "m" } })", "table t has no column m"},
      {R"(add_check { table: "t" column: "n" name: "x" expression { compare { gt: "m" } } })",
       "table t has no column m"},
      {R"(create_table { name: "u" column { name: "a" type: TEXT }
          check { column: "b" name: "x" rule { int64 { gte: 0 } } } })",
       "table u has no column b"},
      {R"(replace_index { replaces: "i2" index { table: "t" name: "i3" columns: "n" } })",
       "there is no index i2"},
      {R"(drop_table { name: "u" })", "there is no table u"},
  };
  for (const auto& [step, message] : cases) {
    ExpectRefused(app, absl::StrCat("step { ", step, " }"), ExitCode::kFailed, message);
  }
}

}  // namespace
}  // namespace daybook::migrator::sqlite
