// Foreign keys: what a migration does to the tables at both ends of one.

#include <string>

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

const auto kKeyRefused = HasCode(absl::StatusCode::kFailedPrecondition);

// A parent with two children, by the action on delete.
std::string Family(const std::string& on_delete) {
  return absl::StrCat(
      "CREATE TABLE p (id INTEGER PRIMARY KEY, n INTEGER);"
      "CREATE TABLE c (id INTEGER PRIMARY KEY, pid INTEGER REFERENCES p(id) ON DELETE ",
      on_delete,
      ");"
      "INSERT INTO p VALUES (1, 10), (2, 20), (3, 30);"
      "INSERT INTO c VALUES (1, 1), (2, 1), (3, NULL);");
}

constexpr char kCheckParent[] = R"(step { add_check {
  table: "p" column: "n" name: "p_n_nonneg" rule { int64 { gte: 0 } } rationale: "r" } })";

class ForeignKeysWays : public EachWay {};
INSTANTIATE_TEST_SUITE_P(All, ForeignKeysWays, AllWays(), NameOf);

TEST_P(ForeignKeysWays, AParentWithCascadingChildrenKeepsThem) {
  AppDatabase app(Family("CASCADE"), GetParam());

  ExpectThereAndBack(app, kCheckParent);

  EXPECT_EQ(app.Text("SELECT id FROM c"), "1 2 3");
}

TEST_P(ForeignKeysWays, AParentWithRestrictingChildrenIsMigrated) {
  AppDatabase app(Family("RESTRICT"), GetParam());

  ExpectThereAndBack(app, kCheckParent);

  EXPECT_THAT(app.Try("DELETE FROM p WHERE id = 1"), kKeyRefused);
}

TEST_P(ForeignKeysWays, ChildrenViewsAndTriggersStillNameTheParent) {
  AppDatabase app(Family("CASCADE") +
                      "CREATE VIEW v AS SELECT id, n FROM p;"
                      "CREATE TABLE log (what TEXT);"
                      "CREATE TRIGGER c_added AFTER INSERT ON c BEGIN"
                      " INSERT INTO log SELECT n FROM p WHERE id = NEW.pid; END;",
                  GetParam());

  ExpectThereAndBack(app, kCheckParent);

  EXPECT_EQ(app.Text("SELECT sum(n) FROM v"), "60");
  EXPECT_EQ(app.Text("PRAGMA foreign_key_list(c)"), "0");
  EXPECT_EQ(app.Text("SELECT \"table\" FROM pragma_foreign_key_list('c')"), "p");
  app.Sql("INSERT INTO c VALUES (4, 2)");
  EXPECT_EQ(app.Text("SELECT what FROM log"), "20");
}

TEST_P(ForeignKeysWays, ATableThatReferencesItselfStillDoes) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, up INTEGER REFERENCES t(id)"
      " ON DELETE CASCADE);"
      "INSERT INTO t VALUES (1, 1, NULL), (2, 2, 1), (3, 3, 2);",
      GetParam());

  ExpectThereAndBack(app, R"(step { add_check {
    table: "t" column: "n" name: "t_n" rule { int64 { gte: 0 } } rationale: "r" } })");

  EXPECT_EQ(app.Text("SELECT \"table\" FROM pragma_foreign_key_list('t')"), "t");
  EXPECT_THAT(app.Try("INSERT INTO t VALUES (4, 4, 99)"), kKeyRefused);
}

TEST_P(ForeignKeysWays, TablesThatReferenceOneAnotherAreMigratedTogether) {
  AppDatabase app(
      "CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b(id) ON DELETE CASCADE);"
      "CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a(id) ON DELETE CASCADE);"
      "INSERT INTO a VALUES (1, NULL); INSERT INTO b VALUES (7, 1); UPDATE a SET b = 7;",
      GetParam());

  ExpectThereAndBack(app, R"(
    step { add_check { table: "a" column: "id" name: "a_id" rule { int64 { gt: 0 } } rationale: "r" } }
    step { add_check { table: "b" column: "id" name: "b_id" rule { int64 { gt: 0 } } rationale: "r" } })");

  EXPECT_EQ(app.Text("PRAGMA foreign_key_check"), "");
  EXPECT_EQ(app.Text("SELECT b FROM a"), "7");
}

TEST_P(ForeignKeysWays, CascadeBecomesRestrict) {
  AppDatabase app(Family("CASCADE"), GetParam());
  EXPECT_THAT(app.Try("DELETE FROM p WHERE id = 1"), IsOk());

  ExpectThereAndBack(app, R"(step { alter_foreign_key {
    table: "c" columns: "pid" on_delete: RESTRICT rationale: "children must not vanish" } })");

  EXPECT_THAT(app.Try("DELETE FROM p WHERE id = 1"), kKeyRefused);
  EXPECT_THAT(app.Try("DELETE FROM p WHERE id = 2"), IsOk());
  ASSERT_THAT(app.RollBack(), IsOk());
  EXPECT_THAT(app.Try("DELETE FROM p WHERE id = 1"), IsOk());
}

TEST_P(ForeignKeysWays, AKeyIsFoundByItsNameAndEachActionCanChange) {
  AppDatabase app(
      "CREATE TABLE p (id INTEGER PRIMARY KEY);"
      "CREATE TABLE c (id INTEGER PRIMARY KEY, pid INTEGER,\n"
      "  CONSTRAINT \"to p\" FOREIGN KEY (pid) REFERENCES p(id) -- why\n"
      "  ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED);"
      "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1);",
      GetParam());

  ExpectThereAndBack(app, R"(step { alter_foreign_key {
    table: "C" name: "TO P" on_delete: SET_NULL on_update: CASCADE rationale: "r" } })");

  EXPECT_EQ(app.Text("SELECT on_delete || ', ' || on_update FROM pragma_foreign_key_list('c')"),
            "SET NULL, CASCADE");
  EXPECT_THAT(app.Text("SELECT sql FROM sqlite_schema WHERE name = 'c'"),
              HasSubstr("-- why\n  ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE"));
}

TEST_P(ForeignKeysWays, AKeyThatIsNotThereCannotBeAltered) {
  AppDatabase app(Family("CASCADE"), GetParam());

  ExpectRefused(app, R"(step { alter_foreign_key {
    table: "c" columns: "id" on_delete: RESTRICT rationale: "r" } })",
                ExitCode::kFailed, "table c has no foreign key (id)");
}

constexpr char kLoose[] =
    "CREATE TABLE p (id INTEGER PRIMARY KEY);"
    "CREATE TABLE c (id INTEGER PRIMARY KEY, pid INTEGER);"
    "INSERT INTO p VALUES (1), (2);"
    "INSERT INTO c VALUES (1, 1), (2, 2), (3, NULL);";

std::string AddKey(const std::string& more) {
  return absl::StrCat(R"(step { add_foreign_key { table: "c" name: "c_pid" columns: "pid"
    references_table: "p" rationale: "r" )",
                      more, " } }");
}

TEST_P(ForeignKeysWays, AForeignKeyIsAddedAndEnforced) {
  AppDatabase app(kLoose, GetParam());

  ExpectThereAndBack(app, AddKey("on_delete: RESTRICT"));

  EXPECT_THAT(app.Try("INSERT INTO c VALUES (4, 99)"), kKeyRefused);
  EXPECT_THAT(app.Try("INSERT INTO c VALUES (4, 2)"), IsOk());
  EXPECT_THAT(app.Try("DELETE FROM p WHERE id = 2"), kKeyRefused);
}

TEST_P(ForeignKeysWays, OrphansFailTheMigrationAndAreCounted) {
  AppDatabase app(std::string(kLoose) + "INSERT INTO c VALUES (4, 98), (5, 99);", GetParam());

  ExpectRefused(app, AddKey(""), ExitCode::kData, "2 rows of c break c_pid");
}

TEST_P(ForeignKeysWays, OrphansAreSetAsideAndPutBack) {
  AppDatabase app(std::string(kLoose) + "INSERT INTO c VALUES (4, 98), (5, 99);", GetParam());

  ExpectThereAndBack(app, AddKey("on_violation { quarantine {} }"));

  EXPECT_EQ(app.Text("SELECT id FROM c"), "1 2 3");
}

TEST_P(ForeignKeysWays, OrphansLoseWhatTheyNameAndGetItBack) {
  AppDatabase app(std::string(kLoose) + "INSERT INTO c VALUES (4, 98), (5, 99);", GetParam());

  ExpectThereAndBack(app, AddKey("on_violation { set_null {} }"));

  EXPECT_EQ(app.Text("SELECT id FROM c WHERE pid IS NULL"), "3 4 5");
}

TEST_P(ForeignKeysWays, AMissingIndexIsMadeAndOneThatServesIsUsed) {
  AppDatabase app(kLoose, GetParam());

  ExpectThereAndBack(app, AddKey("index_name: 'c_by_pid'"));

  EXPECT_EQ(app.Text("SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'c'"),
            "c_by_pid");
  AppDatabase served(std::string(kLoose) + "CREATE INDEX mine ON c (pid, id);", GetParam());
  ExpectThereAndBack(served, AddKey("index_name: 'c_by_pid'"));
  EXPECT_EQ(served.Text("SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'c'"),
            "mine");
}

TEST_P(ForeignKeysWays, AKeyToItselfIsAdded) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, up INTEGER);"
      "INSERT INTO t VALUES (1, NULL), (2, 1), (3, 77);",
      GetParam());

  ExpectThereAndBack(app, R"(step { add_foreign_key { table: "t" name: "t_up" columns: "up"
    references_table: "t" rationale: "r" on_violation { set_null {} } } })");

  EXPECT_EQ(app.Text("SELECT coalesce(up, '-') FROM t"), "- 1 -");
  EXPECT_THAT(app.Try("INSERT INTO t VALUES (4, 99)"), kKeyRefused);
}

TEST_P(ForeignKeysWays, RowsThatReferenceAnOrphanByTheNewKeyItselfGoWithIt) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, up INTEGER);"
      "INSERT INTO t VALUES (1, NULL), (2, 1), (3, 77), (4, 3), (5, 4), (6, 3), (7, 7);",
      GetParam());
  const auto key = [](const std::string& policy) {
    return absl::StrCat(
        "step { add_foreign_key { table: 't' name: 't_up' columns: 'up' references_table: 't'"
        " rationale: 'r' on_violation { quarantine { ",
        policy, " } } } }");
  };
  ExpectRefused(app, key(""), ExitCode::kData, "would lose their parent: 3 of t");

  ExpectThereAndBack(app, key("with_referencing_rows: true"));

  EXPECT_EQ(app.Text("SELECT id FROM t"), "1 2 7");
}

TEST_P(ForeignKeysWays, AKeyOfSeveralColumnsIsAdded) {
  AppDatabase app(
      "CREATE TABLE p (a INTEGER, b TEXT, PRIMARY KEY (b, a));"
      "CREATE TABLE c (id INTEGER PRIMARY KEY, b TEXT, a INTEGER);"
      "INSERT INTO p VALUES (1, 'x'), (2, 'y');"
      "INSERT INTO c VALUES (1, 'x', 1), (2, 'x', 2), (3, 'x', NULL), (4, NULL, 9);",
      GetParam());

  ExpectThereAndBack(app,
                     R"(step { add_foreign_key { table: "c" name: "c_p" columns: "b" columns: "a"
    references_table: "p" rationale: "r" on_violation { quarantine {} } } })");

  EXPECT_EQ(app.Text("SELECT id FROM c"), "1 3 4");
  EXPECT_THAT(app.Try("INSERT INTO c VALUES (5, 'y', 1)"), kKeyRefused);
  EXPECT_THAT(app.Try("INSERT INTO c VALUES (5, 'y', 2)"), IsOk());
}

TEST_P(ForeignKeysWays, SetNullTakesAColumnThatMayBeNull) {
  AppDatabase app(
      "CREATE TABLE p (a INTEGER, b INTEGER, PRIMARY KEY (a, b));"
      "CREATE TABLE c (id INTEGER PRIMARY KEY, a INTEGER NOT NULL, b INTEGER);"
      "INSERT INTO p VALUES (1, 1); INSERT INTO c VALUES (1, 1, 1), (2, 1, 2);",
      GetParam());

  ExpectThereAndBack(app,
                     R"(step { add_foreign_key { table: "c" name: "c_p" columns: "a" columns: "b"
    references_table: "p" rationale: "r" on_violation { set_null {} } } })");

  EXPECT_EQ(app.Text("SELECT coalesce(b, '-') FROM c"), "1 -");
}

TEST_P(ForeignKeysWays, SetNullNeedsAColumnThatMayBeNull) {
  AppDatabase app(
      "CREATE TABLE p (id INTEGER PRIMARY KEY);"
      "CREATE TABLE c (id INTEGER PRIMARY KEY, pid INTEGER NOT NULL);"
      "INSERT INTO c VALUES (1, 1);",
      GetParam());

  ExpectRefused(app, AddKey("on_violation { set_null {} }"), ExitCode::kFailed,
                "none of its columns may be NULL");
}

// SQLite gives the child's value the parent column's type and compares by the
// parent's collation: 1 does not find '01', 'a' finds 'A'.
TEST_P(ForeignKeysWays, OrphansAreWhatSQLiteTakesForOrphans) {
  AppDatabase app(
      "CREATE TABLE p (code TEXT COLLATE NOCASE PRIMARY KEY);"
      "CREATE TABLE c (id INTEGER PRIMARY KEY, code);"
      "INSERT INTO p VALUES ('01'), ('A');"
      "INSERT INTO c VALUES (1, 1), (2, 'a'), (3, '01');",
      GetParam());

  ExpectThereAndBack(app, R"(step { add_foreign_key { table: "c" name: "c_p" columns: "code"
    references_table: "p" rationale: "r" on_violation { quarantine {} } } })");

  EXPECT_EQ(app.Text("SELECT id FROM c"), "2 3");
}

TEST_P(ForeignKeysWays, OrphansOfBeforeStayAndDoNotCount) {
  AppDatabase app(Family("CASCADE") + "INSERT INTO c VALUES (9, 99);", GetParam());

  ExpectThereAndBack(app, kCheckParent);

  EXPECT_EQ(app.Text("SELECT id FROM c"), "1 2 3 9");
}

// PRAGMA foreign_key_check gives up at the first key whose parent is not unique.
TEST_P(ForeignKeysWays, AKeyThatCannotBeCheckedDoesNotHideOrphansOfOthers) {
  AppDatabase app(
      "CREATE TABLE a (id INTEGER PRIMARY KEY, x INTEGER);"
      "CREATE TABLE a_child (id INTEGER PRIMARY KEY, x INTEGER REFERENCES a(x));"
      "CREATE TABLE p (id INTEGER PRIMARY KEY);"
      "CREATE TABLE z (id INTEGER PRIMARY KEY, pid INTEGER REFERENCES p(id));"
      "INSERT INTO a VALUES (1, 1); INSERT INTO a_child VALUES (1, 1);"
      "INSERT INTO p VALUES (1), (2); INSERT INTO z VALUES (1, 1);",
      GetParam());

  ExpectThereAndBack(app, R"(step { add_check { table: "p" column: "id" name: "p_id"
    rule { int64 { gt: 0 } } rationale: "r" } })");
  ExpectRefused(app, R"(step { sql { up { sql: "DELETE FROM p WHERE id = 1" }
    irreversible: "a test" changes_table: "p" rationale: "r" } })",
                ExitCode::kVerification, "z row 1 names a row of p that is not there");
}

TEST_P(ForeignKeysWays, AParentThatIsMissingIsSaid) {
  AppDatabase app(kLoose, GetParam());

  ExpectRefused(app, R"(step { add_foreign_key { table: "c" name: "c_q" columns: "pid"
    references_table: "q" rationale: "r" } })",
                ExitCode::kFailed, "there is no table q");
}

TEST_P(ForeignKeysWays, AParentColumnThatIsNotUniqueIsRefused) {
  AppDatabase app(
      "CREATE TABLE p (id INTEGER PRIMARY KEY, n INTEGER);"
      "CREATE TABLE c (id INTEGER PRIMARY KEY, n INTEGER);",
      GetParam());

  ExpectRefused(app, R"(step { add_foreign_key { table: "c" name: "c_p" columns: "n"
    references_table: "p" references_columns: "n" rationale: "r" } })",
                ExitCode::kFailed, "foreign key mismatch");
}

TEST(ForeignKeys, ACallerInsideATransactionIsRefusedAndToldWhy) {
  AppDatabase app(Family("CASCADE"));
  db::sqlite::Connection database = app.Open();
  ASSERT_THAT(database.Execute("PRAGMA foreign_keys = ON; BEGIN"), IsOk());
  const Contents before = app.Read();
  SystemClock clock;
  testing::RecordingObserver observer;

  const absl::Status refused = ApplyOne(
      database, {}, Plan(), {.run_id = "r", .build = "b", .clock = clock, .observer = observer});

  EXPECT_THAT(std::string(refused.message()), HasSubstr("inside a transaction"));
  EXPECT_TRUE(database.IsInTransaction());
  ASSERT_THAT(database.Execute("ROLLBACK"), IsOk());
  EXPECT_EQ(app.Read(), before);
}

TEST(ForeignKeys, WhatTheConnectionHadOnIsOnAgainAfterSuccessAndFailure) {
  AppDatabase app(Family("CASCADE"));
  SystemClock clock;
  testing::RecordingObserver observer;
  const RunOptions options{.run_id = "r", .build = "b", .clock = clock, .observer = observer};
  db::sqlite::Connection database = app.Open();
  ASSERT_THAT(database.Execute("PRAGMA foreign_keys = ON; PRAGMA legacy_alter_table = ON"), IsOk());
  Plan plan{.version = 1, .before = SchemaModel::Read(database).value()};
  plan.after = plan.before;
  migration::MigrationFile file;

  EXPECT_THAT(ApplyOne(database, file, plan, options), IsOk());
  EXPECT_EQ(AppDatabase::TextIn(database, "PRAGMA foreign_keys"), "1");
  EXPECT_EQ(AppDatabase::TextIn(database, "PRAGMA legacy_alter_table"), "1");

  plan.before = {};
  EXPECT_FALSE(ApplyOne(database, file, plan, options).ok());
  EXPECT_EQ(AppDatabase::TextIn(database, "PRAGMA foreign_keys"), "1");
  EXPECT_EQ(AppDatabase::TextIn(database, "PRAGMA legacy_alter_table"), "1");
  EXPECT_THAT(database.Execute("CREATE TABLE log (n); CREATE TRIGGER t AFTER INSERT ON p BEGIN"
                               " INSERT INTO log VALUES (1); END; INSERT INTO p VALUES (9, 9)"),
              IsOk());
  EXPECT_EQ(AppDatabase::TextIn(database, "SELECT count(*) FROM log"), "1");
}

TEST(ForeignKeys, AStopLeavesEverythingAsItWas) {
  AppDatabase app(Family("CASCADE") +
                  "WITH RECURSIVE n(i) AS (SELECT 4 UNION ALL SELECT i + 1 FROM n LIMIT 20000)"
                  " INSERT INTO p SELECT i, i FROM n;");
  const Contents before = app.Read();
  SystemClock clock;
  testing::RecordingObserver observer;
  db::sqlite::Connection database = app.Open();
  ASSERT_THAT(database.Execute("PRAGMA foreign_keys = ON"), IsOk());
  Plan plan{.version = 1, .before = SchemaModel::Read(database).value()};
  plan.after = plan.before;
  const SchemaObject& p = *plan.before.Find(SchemaObject::TABLE, "p");
  plan.actions.emplace_back(Reshape{.before = p, .after = p});

  const absl::Status stopped = ApplyOne(
      database, {}, plan,
      {.run_id = "r", .build = "b", .clock = clock, .observer = observer, .stop_asked = [] {
         return true;
       }});
  database.StopWhen({});

  EXPECT_THAT(stopped, HasCode(absl::StatusCode::kCancelled));
  EXPECT_EQ(AppDatabase::TextIn(database, "PRAGMA foreign_keys"), "1");
  EXPECT_FALSE(database.IsInTransaction());
  EXPECT_EQ(app.Read(), before);
  app.ExpectSound();
}

}  // namespace
}  // namespace daybook::migrator::sqlite
