// Rows that break a new constraint: what becomes of them, what is kept of them,
// and how they come back.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "support/app_database.h"
#include "support/peak_memory.h"
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
using ::daybook::testing::PeakMemoryKiB;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

const auto kRefused = HasCode(absl::StatusCode::kFailedPrecondition);

std::string CheckOn(const std::string& table, const std::string& column, const std::string& rule,
                    const std::string& policy) {
  return absl::StrCat("step { add_check { table: '", table, "' column: '", column, "' name: '",
                      table, "_", column, "' rationale: 'r' ", rule, " on_violation { ", policy,
                      " } } }");
}

constexpr char kNonNegative[] = "rule { int64 { gte: 0 } }";
constexpr char kNullable[] = "rule { int64 { gte: 0 nullable: true } }";
constexpr char kFive[] = "rule { string { max_chars: 5 nullable: true } }";

class QuarantineWays : public EachWay {};
INSTANTIATE_TEST_SUITE_P(All, QuarantineWays, AllWays(), NameOf);

TEST_P(QuarantineWays, TheWholeRowIsKeptWithItsTypesAndComesBack) {
  AppDatabase app(
      "CREATE TABLE t (k TEXT, n INTEGER, r REAL, b BLOB, x TEXT, a);"
      "INSERT INTO t (rowid, k, n, r, b, x, a) VALUES"
      " (3, 'k', -1, -0.0, x'00ff', CAST(x'ff41' AS TEXT), '1'),"
      " (5, NULL, -9223372036854775808, 1e999, x'', 'a' || char(0) || 'b', 1.0),"
      " (7, '', 5, 4.9e-324, NULL, '\"quoted\\\\\"', 1),"
      " (9, '한글🙂', -2, 0.1, zeroblob(300), '</script>', -1e999);",
      GetParam());
  const std::string all =
      "SELECT rowid || quote(k) || quote(n) || typeof(r) || quote(r) || quote(b) || hex(x)"
      " || typeof(a) || quote(a) FROM t";
  const std::string before = app.Text(all);

  ExpectThereAndBack(app, CheckOn("t", "n", kNonNegative, "quarantine {}"));

  EXPECT_EQ(app.Text("SELECT rowid FROM t"), "7");
  EXPECT_EQ(app.Text("SELECT count(*) FROM mig_quarantine WHERE state = 'held'"), "3");
  ASSERT_THAT(app.RollBack(), IsOk());
  EXPECT_EQ(app.Text(all), before);
}

TEST_P(QuarantineWays, WhatWasKeptCanBeReadByPeople) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, x TEXT);"
      "INSERT INTO t VALUES (7, -500, 'Kim');",
      GetParam());

  ASSERT_THAT(app.Apply(CheckOn("t", "n", kNonNegative, "quarantine {}")), IsOk());

  EXPECT_EQ(app.Text("SELECT table_name || ' ' || constraint_name || ' ' || policy || ' ' || step"
                     " FROM mig_quarantine"),
            "t t_n quarantine 1");
  EXPECT_EQ(app.Text("SELECT json_extract(original, '$.rowid') || ' ' ||"
                     " json_extract(original, '$.cell[1].integer') || ' ' ||"
                     " json_extract(original, '$.cell[2].text') FROM mig_quarantine"),
            "7 -500 Kim");
  EXPECT_EQ(app.Text("SELECT length(original_hash) FROM mig_quarantine"), "64");
}

TEST_P(QuarantineWays, TextIsCutByCharactersAndTheOriginalComesBack) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT);"
      "INSERT INTO t VALUES (1, '한글이아주길다'), (2, '12345'), (3, NULL), (4, 'abcdefg');",
      GetParam());

  ExpectThereAndBack(app, CheckOn("t", "x", kFive, "truncate {}"));

  EXPECT_EQ(app.Text("SELECT x FROM t"), "한글이아주 12345 NULL abcde");
}

TEST_P(QuarantineWays, TextIsCutShorterWhereThatIsAsked) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT); INSERT INTO t VALUES (1, 'abcdefg')",
      GetParam());

  ExpectThereAndBack(app, CheckOn("t", "x", kFive, "truncate { max_chars: 3 }"));

  EXPECT_EQ(app.Text("SELECT x FROM t"), "abc");
}

TEST_P(QuarantineWays, OnlyTextIsCutAndWhatIsWrongOtherwiseStopsIt) {
  for (const char* const wrong : {"123456789", "x'61626364656667'", "'ab' || char(0) || 'cdefg'"}) {
    AppDatabase app(
        absl::StrCat("CREATE TABLE t (id INTEGER PRIMARY KEY, x); INSERT INTO t VALUES (1, ", wrong,
                     ")"),
        GetParam());

    ExpectRefused(app, CheckOn("t", "x", kFive, "truncate {}"), ExitCode::kData,
                  "after on_violation 1 row of t still breaks t_x");
  }
}

TEST_P(QuarantineWays, WithoutALengthThereIsNothingToCutTo) {
  AppDatabase app("CREATE TABLE t (x TEXT); INSERT INTO t VALUES ('abcdefg')", GetParam());

  ExpectRefused(app, CheckOn("t", "x", "rule { string { max_bytes: 5 } }", "truncate {}"),
                ExitCode::kUsage, "truncate needs max_chars");
  EXPECT_EQ(app.Text("SELECT x FROM t"), "abcdefg");
}

TEST_P(QuarantineWays, NumbersMoveToTheNearestThatIsAllowed) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER);"
      "INSERT INTO t VALUES (1, -5), (2, 0), (3, 15), (4, 10), (5, -9.5), (6, 1e999);",
      GetParam());

  ExpectThereAndBack(app, CheckOn("t", "n", "rule { int64 { gte: 0 lt: 10 } }", "clamp {}"));

  EXPECT_EQ(app.Text("SELECT n FROM t"), "0 0 9 9 0 9");
}

TEST_P(QuarantineWays, ANumberTakesTheTypeOfItsColumn) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT, r REAL, u NUMERIC);"
      "INSERT INTO t VALUES (1, 'abc', -5, '123456789');",
      GetParam());

  ExpectThereAndBack(app,
                     CheckOn("t", "n", "expression { one_of { text: '7' } }", "clamp { to: '7' }") +
                         CheckOn("t", "r", "expression { number { gte: '1' } }", "clamp {}"));

  EXPECT_EQ(app.Text("SELECT typeof(n) || n || typeof(r) || r FROM t"), "text7real1.0");
}

TEST_P(QuarantineWays, ATextThatIsCutMayBecomeANumber) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, x NUMERIC); INSERT INTO t VALUES (1, '12ab56')",
      GetParam());

  // '12' is stored as 12, which the rule on text does not take.
  ExpectRefused(app, CheckOn("t", "x", "rule { string { max_chars: 2 } }", "truncate {}"),
                ExitCode::kData, "still breaks");
}

TEST_P(QuarantineWays, ValuesBecomeNull) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER);"
      "INSERT INTO t VALUES (1, -5), (2, 'x'), (3, 4);",
      GetParam());

  ExpectThereAndBack(app, CheckOn("t", "n", kNullable, "set_null {}"));

  EXPECT_EQ(app.Text("SELECT coalesce(n, '-') FROM t"), "- - 4");
}

TEST_P(QuarantineWays, AValueThatAnotherConstraintForbidsStopsIt) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, x TEXT UNIQUE);"
      "INSERT INTO t VALUES (1, -5, 'abcdefg'), (2, 1, 'abcdexy');",
      GetParam());

  ExpectRefused(app, CheckOn("t", "n", kNullable, "set_null {}"), ExitCode::kData,
                "cannot get another value: NOT NULL constraint failed: t.n");
  ExpectRefused(app, CheckOn("t", "x", kFive, "truncate {}"), ExitCode::kData,
                "cannot get another value: UNIQUE constraint failed: t.x");
}

TEST_P(QuarantineWays, AKeyIsMendedTooAndFoundAgain) {
  AppDatabase app(
      "CREATE TABLE t (k TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID;"
      "INSERT INTO t VALUES ('abcdefg', 1), ('zyxwvut', 2), ('ok', 3);"
      "CREATE TABLE u (id INTEGER PRIMARY KEY); INSERT INTO u VALUES (-5), (3), (500);",
      GetParam());

  ExpectThereAndBack(app, CheckOn("t", "k", "rule { string { max_chars: 5 } }", "truncate {}") +
                              CheckOn("u", "id", "rule { int64 { gte: 0 lte: 99 } }", "clamp {}"));

  EXPECT_EQ(app.Text("SELECT k FROM t"), "abcde ok zyxwv");
  EXPECT_EQ(app.Text("SELECT id FROM u"), "0 3 99");
}

TEST_P(QuarantineWays, ACheckOverSeveralColumnsSetsRowsAside) {
  AppDatabase app(
      "CREATE TABLE t (a INTEGER, b INTEGER); INSERT INTO t VALUES (1, 2), (2, 1), (NULL, 1);",
      GetParam());

  ExpectThereAndBack(app, R"(step { add_check { table: "t" name: "c" rationale: "r"
    expression { sql { sql: "a < b" } }
    accept { value { column: "a" literal: "1" } value { column: "b" literal: "2" } }
    reject { value { column: "a" literal: "2" } value { column: "b" literal: "2" } }
    on_violation { quarantine {} } } })");

  EXPECT_EQ(app.Text("SELECT coalesce(a, '-') FROM t"), "1 -");
  ExpectRefused(app, R"(step { add_check { table: "t" name: "d" rationale: "r"
    expression { sql { sql: "a < 0" } } on_violation { set_null {} } } })",
                ExitCode::kUsage, "the check must name it");
}

constexpr char kTree[] =
    "CREATE TABLE p (id INTEGER PRIMARY KEY, n INTEGER);"
    "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p(id) ON DELETE CASCADE);"
    "CREATE TABLE g (id INTEGER PRIMARY KEY, c INTEGER REFERENCES c(id) ON DELETE SET NULL);"
    "INSERT INTO p VALUES (1, 5), (2, -5), (3, -6);"
    "INSERT INTO c VALUES (10, 1), (20, 2), (21, 2), (30, NULL);"
    "INSERT INTO g VALUES (100, 10), (200, 20), (201, 20), (300, NULL);";

TEST_P(QuarantineWays, ARowThatOthersReferenceIsNotTakenFromThem) {
  AppDatabase app(kTree, GetParam());

  ExpectRefused(app, CheckOn("p", "n", kNonNegative, "quarantine {}"), ExitCode::kData,
                "would lose their parent: 2 of c, 2 of g");
}

TEST_P(QuarantineWays, ItGoesWithThemWhereThatIsAskedAndAllComeBack) {
  AppDatabase app(kTree, GetParam());

  ExpectThereAndBack(app,
                     CheckOn("p", "n", kNonNegative, "quarantine { with_referencing_rows: true }"));

  EXPECT_EQ(app.Text("SELECT id FROM p"), "1");
  EXPECT_EQ(app.Text("SELECT id FROM c"), "10 30");
  EXPECT_EQ(app.Text("SELECT id FROM g"), "100 300");
  EXPECT_EQ(app.Text("PRAGMA foreign_key_check"), "");
}

TEST_P(QuarantineWays, RowsThatOnlyTheTableItselfReferencesCountAsReferenced) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, up INTEGER REFERENCES t(id));"
      "INSERT INTO t VALUES (1, -1, NULL), (2, 2, 1), (3, 3, 2), (4, 4, NULL);",
      GetParam());

  ExpectRefused(app, CheckOn("t", "n", kNonNegative, "quarantine {}"), ExitCode::kData,
                "would lose their parent: 2 of t");
  ExpectThereAndBack(app,
                     CheckOn("t", "n", kNonNegative, "quarantine { with_referencing_rows: true }"));
  EXPECT_EQ(app.Text("SELECT id FROM t"), "4");
}

TEST_P(QuarantineWays, ARingOfReferencesEnds) {
  AppDatabase app(
      "CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER, b INTEGER REFERENCES b(id));"
      "CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a(id));"
      "INSERT INTO a VALUES (1, -1, 7), (2, 2, 8); INSERT INTO b VALUES (7, 1), (8, 2);",
      GetParam());

  ExpectThereAndBack(app,
                     CheckOn("a", "n", kNonNegative, "quarantine { with_referencing_rows: true }"));

  EXPECT_EQ(app.Text("SELECT id FROM a"), "2");
  EXPECT_EQ(app.Text("SELECT id FROM b"), "8");
}

TEST_P(QuarantineWays, TablesWithoutRowidAndKeysOfSeveralColumnsAreFollowed) {
  AppDatabase app(
      "CREATE TABLE p (a TEXT COLLATE NOCASE, b INTEGER, n INTEGER, PRIMARY KEY (a, b)) WITHOUT "
      "ROWID;"
      "CREATE TABLE c (k TEXT PRIMARY KEY, a TEXT, b TEXT, FOREIGN KEY (a, b) REFERENCES p) "
      "WITHOUT ROWID;"
      "CREATE TABLE g (k TEXT REFERENCES c, rowid, _rowid_, oid, PRIMARY KEY (k));"
      "INSERT INTO p VALUES ('x', 1, 5), ('y', 2, -5);"
      "INSERT INTO c VALUES ('c1', 'X', '1'), ('c2', 'Y', '2'), ('c3', 'Y', NULL);"
      "INSERT INTO g VALUES ('c1', 1, 1, 1), ('c2', 2, 2, 2);",
      GetParam());

  ExpectThereAndBack(app,
                     CheckOn("p", "n", kNonNegative, "quarantine { with_referencing_rows: true }"));

  EXPECT_EQ(app.Text("SELECT k FROM c"), "c1 c3");
  EXPECT_EQ(app.Text("SELECT k FROM g"), "c1");
}

TEST_P(QuarantineWays, RowsThatNothingTellsApartCouldNotComeBackAndAreNotTaken) {
  for (const char* const columns :
       {"rowid, _rowid_, oid, n INTEGER", "rowid TEXT PRIMARY KEY, _rowid_, oid, n INTEGER"}) {
    AppDatabase app(absl::StrCat("CREATE TABLE t (", columns,
                                 "); INSERT INTO t VALUES (NULL, 1, 1, -5), (NULL, 1, 1, -5);"),
                    GetParam());
    for (const char* const policy : {"quarantine {}", "clamp {}"}) {
      ExpectRefused(app, CheckOn("t", "n", kNonNegative, policy), ExitCode::kRefused,
                    "nothing tells the rows of t apart");
    }
  }
}

TEST_P(QuarantineWays, TwoStepsMendTheSameRowAndGiveItBackInTurn) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, x TEXT);"
      "INSERT INTO t VALUES (1, -5, 'abcdefg'), (2, 5, 'abcdefg'), (3, 5, 'abc');",
      GetParam());

  ExpectThereAndBack(app, CheckOn("t", "x", kFive, "truncate {}") +
                              CheckOn("t", "n", kNonNegative, "quarantine {}"));
  EXPECT_EQ(app.Text("SELECT id || x FROM t"), "2abcde 3abc");

  AppDatabase twice(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, x TEXT);"
      "INSERT INTO t VALUES (1, -5, 'abcdefg');",
      GetParam());
  ExpectThereAndBack(
      twice, CheckOn("t", "x", kFive, "truncate {}") + CheckOn("t", "n", kNonNegative, "clamp {}"));
  EXPECT_EQ(twice.Text("SELECT n || x FROM t"), "0abcde");
}

TEST_P(QuarantineWays, ARowThatWasEditedSinceStaysAndIsReported) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT);"
      "INSERT INTO t VALUES (1, 'abcdefg'), (2, 'hijklmn'), (3, 'opqrstu');",
      GetParam());
  ASSERT_THAT(app.Apply(CheckOn("t", "x", kFive, "truncate {}")), IsOk());
  app.Sql("UPDATE t SET x = 'new' WHERE id = 1; DELETE FROM t WHERE id = 2");

  ASSERT_THAT(app.RollBack(), IsOk());

  EXPECT_EQ(app.Text("SELECT id || x FROM t"), "1new 3opqrstu");
  EXPECT_EQ(app.Text("SELECT state FROM mig_quarantine ORDER BY id"), "conflict conflict replayed");
  EXPECT_THAT(app.observer.notes, Contains(HasSubstr("conflict: 2 rows do not fit any more")));
}

TEST_P(QuarantineWays, WhatWasChangedOrTakenAwayThereStopsTheWayBack) {
  for (const char* const damage :
       {"UPDATE mig_quarantine SET original = replace(original, '-5', '-7')",
        "DELETE FROM mig_quarantine"}) {
    AppDatabase app(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO t VALUES (1, -5), (2, 5);",
        GetParam());
    ASSERT_THAT(app.Apply(CheckOn("t", "n", kNonNegative, "quarantine {}")), IsOk());
    app.Sql(damage);
    const Contents before = app.Read();

    const absl::Status back = app.RollBack();

    EXPECT_EQ(migration::ExitCodeOf(back), migration::ExitCode::kHistoryMismatch) << back;
    EXPECT_EQ(app.Read(), before);
  }
}

TEST_P(QuarantineWays, ARowWhoseKeyIsTakenIsReportedAndOneWhoseRowidIsTakenComesBack) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, x TEXT UNIQUE);"
      "INSERT INTO t VALUES (1, -1, 'a'), (2, -2, 'b'), (3, -3, 'c');"
      "CREATE TABLE loose (n INTEGER); INSERT INTO loose VALUES (-1), (2);",
      GetParam());
  ASSERT_THAT(app.Apply(CheckOn("t", "n", kNonNegative, "quarantine {}") +
                        CheckOn("loose", "n", kNonNegative, "quarantine {}")),
              IsOk());
  app.Sql(
      "INSERT INTO t VALUES (1, 1, 'new'), (4, 4, 'b');"
      "INSERT INTO loose (rowid, n) VALUES (1, 77)");

  ASSERT_THAT(app.RollBack(), IsOk());

  EXPECT_EQ(app.Text("SELECT id || x FROM t ORDER BY id"), "1new 3c 4b");
  EXPECT_EQ(app.Text("SELECT n FROM loose"), "77 2 -1");
  EXPECT_EQ(app.Text("SELECT count(*) FROM mig_quarantine WHERE state = 'conflict'"), "2");
}

// The replacement makes room for the original, and comes back where another row
// has taken what the original needs.
TEST_P(QuarantineWays, AReplacementStaysWhereItsOriginalHasNoPlace) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT UNIQUE); INSERT INTO t VALUES (1, 'abcdefg')",
      GetParam());
  ASSERT_THAT(app.Apply(CheckOn("t", "x", kFive, "truncate {}")), IsOk());
  ASSERT_THAT(app.Apply(R"(step { drop_check { table: "t" name: "t_x" rationale: "r" } })"),
              IsOk());
  app.Sql("INSERT INTO t VALUES (2, 'abcdefg')");
  const Contents before = app.Read();

  // The check itself is broken by then, so the way back stops there.
  const absl::Status refused = app.RollBack();

  EXPECT_EQ(migration::ExitCodeOf(refused), ExitCode::kData) << refused;
  EXPECT_EQ(app.Read(), before);
}

TEST_P(QuarantineWays, NothingIsChangedWhereThePolicyIsToFail) {
  AppDatabase app("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (-1), (-2), (3)", GetParam());

  for (const char* const policy : {"", "fail {}"}) {
    ExpectRefused(app, CheckOn("t", "n", kNonNegative, policy), ExitCode::kData,
                  "2 rows of t break t_n");
    EXPECT_EQ(app.Text("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'mig%'"), "0");
  }
}

TEST_P(QuarantineWays, ValuesOfRowsAreNotTold) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, x TEXT);"
      "INSERT INTO t VALUES (1, -123456, 'SECRET-NAME');",
      GetParam());

  const absl::Status refused = app.Apply(CheckOn("t", "n", kNonNegative, ""));
  ASSERT_THAT(app.Apply(CheckOn("t", "n", kNonNegative, "quarantine {}")), IsOk());

  EXPECT_THAT(refused.ToString(), Not(HasSubstr("123456")));
  for (const std::string& note : app.observer.notes) {
    EXPECT_THAT(note, Not(HasSubstr("123456")));
    EXPECT_THAT(note, Not(HasSubstr("SECRET")));
  }
}

TEST_P(QuarantineWays, AColumnThatAnEarlierStepAddsIsMendedByItsNewValues) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER);"
      "INSERT INTO t VALUES (1, 5), (2, -5), (3, NULL);",
      GetParam());

  ExpectThereAndBack(app, R"(
    step { add_column { table: "t" column { name: "twice" type: INTEGER }
      backfill { value { sql: "n * 2" } } rationale: "r" } })" +
                              CheckOn("t", "twice", kNullable, "quarantine {}"));

  EXPECT_EQ(app.Text("SELECT id FROM t"), "1 3");
}

TEST_P(QuarantineWays, WhatAScriptLeavesIsMendedByTheStepBehindIt) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO t VALUES (1, 5), (2, 6)",
      GetParam());

  ASSERT_THAT(app.Apply(R"(step { sql { up { sql: "UPDATE t SET n = -n WHERE id = 2" }
      down { sql: "UPDATE t SET n = -n WHERE id = 2" } changes_table: "t" rationale: "r" } })" +
                        CheckOn("t", "n", kNonNegative, "quarantine {}")),
              IsOk());

  EXPECT_EQ(app.Text("SELECT id FROM t"), "1");
  ASSERT_THAT(app.RollBack(), IsOk());
  EXPECT_EQ(app.Text("SELECT n FROM t"), "5 6");
}

TEST(Quarantine, ManyRowsAreSetAsideAndPutBackInBoundedMemory) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, x TEXT);"
      "CREATE TABLE c (id INTEGER PRIMARY KEY, t INTEGER REFERENCES t(id));"
      "WITH RECURSIVE i(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM i LIMIT 50000)"
      " INSERT INTO t SELECT v, -v, 'some text that a row has' FROM i;"
      "INSERT INTO c SELECT id, id FROM t;");
  const Contents before = app.Read();
  const std::optional<int64_t> memory = PeakMemoryKiB();

  ASSERT_THAT(
      app.Apply(CheckOn("t", "n", kNonNegative, "quarantine { with_referencing_rows: true }")),
      IsOk());
  EXPECT_EQ(app.Text("SELECT count(*) FROM mig_quarantine"), "100000");
  ASSERT_THAT(app.RollBack(), IsOk());

  EXPECT_EQ(app.Read(), before);
  if (memory) {
    EXPECT_LT(*PeakMemoryKiB() - *memory, 64 * 1024);
  }
}

// Not in one round for each row of the chain over all rows of the table.
TEST(Quarantine, ALongChainOfReferencesIsFollowed) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, up INTEGER REFERENCES t(id));"
      "CREATE INDEX by_up ON t (up);"
      "WITH RECURSIVE i(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM i LIMIT 500)"
      " INSERT INTO t SELECT v, CASE v WHEN 1 THEN -1 ELSE v END, nullif(v - 1, 0) FROM i;");

  ASSERT_THAT(
      app.Apply(CheckOn("t", "n", kNonNegative, "quarantine { with_referencing_rows: true }")),
      IsOk());

  EXPECT_EQ(app.Text("SELECT count(*) FROM t"), "0");
}

}  // namespace
}  // namespace daybook::migrator::sqlite
