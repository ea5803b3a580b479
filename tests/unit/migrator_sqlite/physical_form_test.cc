// How rows are stored: rowids, sequences, types, generated columns, kinds of
// tables, sizes.

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
using ::testing::HasSubstr;

const auto kFormRefused = HasCode(absl::StatusCode::kFailedPrecondition);

constexpr char kCheck[] = R"(step { add_check {
  table: "t" column: "n" name: "t_n" rule { int64 { gte: 0 nullable: true } } rationale: "r" } })";

class PhysicalFormWays : public EachWay {};
INSTANTIATE_TEST_SUITE_P(All, PhysicalFormWays, AllWays(), NameOf);

TEST_P(PhysicalFormWays, NumbersThatWereGivenOutAreNotGivenOutAgain) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER);"
      "INSERT INTO t (n) VALUES (1), (2), (3); DELETE FROM t WHERE id > 1;",
      GetParam());

  ExpectThereAndBack(app, kCheck);

  app.Sql("INSERT INTO t (n) VALUES (9)");
  EXPECT_EQ(app.Text("SELECT id FROM t"), "1 4");
}

TEST_P(PhysicalFormWays, AnEmptiedTableKeepsItsSequence) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER);"
      "INSERT INTO t (n) VALUES (1), (2); DELETE FROM t;",
      GetParam());

  ExpectThereAndBack(app, kCheck);

  app.Sql("INSERT INTO t (n) VALUES (9)");
  EXPECT_EQ(app.Text("SELECT id FROM t"), "3");
}

TEST_P(PhysicalFormWays, ATableThatNeverHadARowBeginsAtOne) {
  AppDatabase app("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER)", GetParam());

  ExpectThereAndBack(app, kCheck);

  EXPECT_EQ(app.Text("SELECT count(*) FROM sqlite_sequence"), "0");
  app.Sql("INSERT INTO t (n) VALUES (9)");
  EXPECT_EQ(app.Text("SELECT id FROM t"), "1");
}

TEST_P(PhysicalFormWays, ASequenceBeyondAllRowsAndAtTheEndOfNumbersStays) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER);"
      "CREATE TABLE u (id INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER);"
      "INSERT INTO t VALUES (9223372036854775807, 1); INSERT INTO u VALUES (-5, 1);"
      "UPDATE sqlite_sequence SET seq = 1000 WHERE name = 'u';",
      GetParam());

  ExpectThereAndBack(app, std::string(kCheck) + R"(step { add_check { table: "u" column: "n"
    name: "u_n" rule { int64 { gte: 0 } } rationale: "r" } })");

  EXPECT_EQ(app.Text("SELECT seq FROM sqlite_sequence ORDER BY name"), "9223372036854775807 1000");
}

TEST_P(PhysicalFormWays, RowidsThatNoColumnShowsStay) {
  AppDatabase app(
      "CREATE TABLE t (k TEXT PRIMARY KEY, n INTEGER);"
      "INSERT INTO t (rowid, k, n) VALUES (2, 'b', 1), (3, 'c', 2), (-7, 'a', 3),"
      " (9223372036854775807, 'z', 4);"
      "CREATE TABLE u (rowid TEXT, n INTEGER); INSERT INTO u (_rowid_, rowid, n) VALUES (8, 'x', "
      "1);",
      GetParam());

  ExpectThereAndBack(app, std::string(kCheck) + R"(step { add_check { table: "u" column: "n"
    name: "u_n" rule { int64 { gte: 0 } } rationale: "r" } })");

  EXPECT_EQ(app.Text("SELECT rowid || k FROM t"), "-7a 2b 3c 9223372036854775807z");
  EXPECT_EQ(app.Text("SELECT _rowid_ || rowid FROM u"), "8x");
}

TEST_P(PhysicalFormWays, ATableWithoutRowidStaysOne) {
  AppDatabase app(
      "CREATE TABLE t (a TEXT COLLATE NOCASE, b BLOB, n INTEGER, PRIMARY KEY (b DESC, a)) WITHOUT "
      "ROWID;"
      "INSERT INTO t VALUES ('x', x'01', 1), ('Y', x'', 2), ('y', x'02', 3);",
      GetParam());

  ExpectThereAndBack(app, kCheck);

  EXPECT_FALSE(app.Try("SELECT rowid FROM t").ok());
  EXPECT_EQ(app.Text("SELECT wr FROM pragma_table_list WHERE name = 't'"), "1");
}

TEST_P(PhysicalFormWays, ValuesKeepTheirTypesAndTheirBytes) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, i INTEGER, r REAL, x TEXT, u NUMERIC, b "
      "BLOB, a);"
      "INSERT INTO t VALUES (1, 1, 'abc', 1e999, CAST(x'ff00fe' AS TEXT), '12.5x', x'', 1.0),"
      "(2, 2, 9223372036854775807, -0.0, '', 1e300, x'00', '1'),"
      "(3, 3, -9223372036854775808, -1e999, char(0) || 'x', 0.1, zeroblob(5000), NULL),"
      "(4, 4, x'41', 4.9e-324, '\xED\xA0\x80', '9007199254740993', 'text', 1),"
      "(5, 5, 1.5, 123456789.123456789, hex(zeroblob(100000)), 1e15, -0.0, 2e0),"
      "(6, 6, '', 'x', 12, '1e3', NULL, '');",
      GetParam());
  const std::string all =
      "SELECT typeof(i) || quote(i) || typeof(r) || quote(r) || typeof(x) || hex(x) || typeof(u)"
      " || quote(u) || typeof(b) || quote(b) || typeof(a) || quote(a) FROM t";
  const std::string before = app.Text(all);

  ExpectThereAndBack(app, kCheck);

  EXPECT_EQ(app.Text(all), before);
}

TEST_P(PhysicalFormWays, GeneratedColumnsKeepTheirExpressions) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, twice INTEGER AS (n * 2),"
      " stored TEXT GENERATED ALWAYS AS ('<' || n || '>') STORED UNIQUE, tail INTEGER);"
      "CREATE INDEX by_twice ON t (twice); INSERT INTO t (n, tail) VALUES (5, 1), (6, 2);",
      GetParam());

  ExpectThereAndBack(app, kCheck);

  EXPECT_EQ(app.Text("SELECT twice || stored || tail FROM t"), "10<5>1 12<6>2");
  app.Sql("UPDATE t SET n = 7 WHERE id = 1");
  EXPECT_EQ(app.Text("SELECT stored FROM t WHERE twice = 14"), "<7>");
}

TEST_P(PhysicalFormWays, TheTextOfATableStaysButForWhatIsAdded) {
  const std::string text =
      "CREATE TABLE \"t\" -- the table\n(\n  id INTEGER PRIMARY KEY ON CONFLICT REPLACE,\n"
      "  /* how many */ n INTEGER DEFAULT (1 + 1) CHECK (n <> 13),\n"
      "  x TEXT COLLATE NOCASE DEFAULT 'a''b' NOT NULL ON CONFLICT IGNORE UNIQUE ON CONFLICT "
      "FAIL,\n"
      "  at DATETIME DEFAULT CURRENT_TIMESTAMP,\n  CHECK (length(x) < 100) -- last\n)";
  AppDatabase app(text + ";INSERT INTO t (n, x) VALUES (1, 'a'), (2, 'b');", GetParam());

  ExpectThereAndBack(app, kCheck);

  EXPECT_EQ(
      app.Text("SELECT sql FROM sqlite_schema WHERE name = 't'"),
      text.substr(0, text.size() - 10) +
          ", -- last\n  CONSTRAINT \"t_n\" CHECK (\"n\" IS NULL OR (typeof(\"n\") = 'integer' AND"
          " \"n\" >= 0))\n)");
  EXPECT_THAT(app.Try("INSERT INTO t (n, x) VALUES (13, 'c')"), kFormRefused);
  EXPECT_THAT(app.Try("INSERT INTO t (n, x) VALUES (1, 'A')"),
              HasCode(absl::StatusCode::kAlreadyExists));
}

TEST_P(PhysicalFormWays, RowsThatAClauseWouldSkipAreNotSkipped) {
  // NULL got in before the constraint was written into the schema.
  AppDatabase app(
      "CREATE TABLE t (n INTEGER, x TEXT); INSERT INTO t VALUES (1, NULL), (2, 'b');"
      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql ="
      " 'CREATE TABLE t (n INTEGER, x TEXT NOT NULL ON CONFLICT IGNORE)' WHERE name = 't';"
      "PRAGMA writable_schema = RESET;",
      GetParam());

  const absl::Status applied = app.Apply(kCheck);

  if (GetParam().always_anew) {
    EXPECT_EQ(migration::ExitCodeOf(applied), ExitCode::kData) << applied;
    EXPECT_THAT(std::string(applied.message()), HasSubstr("NOT NULL constraint failed: t.x"));
  } else {
    EXPECT_THAT(applied, IsOk());
  }
  EXPECT_EQ(app.Text("SELECT count(*) FROM t"), "2");
}

TEST_P(PhysicalFormWays, StrictTablesStayStrict) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT, x TEXT, a ANY) STRICT;"
      "INSERT INTO t VALUES (1, 1, 'x', '1'), (2, 2, 'y', 1.0);",
      GetParam());

  ExpectThereAndBack(app, kCheck);

  EXPECT_EQ(app.Text("SELECT typeof(a) FROM t"), "text real");
  EXPECT_THAT(app.Try("INSERT INTO t VALUES (3, 'abc', '', '')"), kFormRefused);
}

TEST_P(PhysicalFormWays, StatisticsStayAndWithThemThePlansOfQueries) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, a INTEGER, b INTEGER);"
      "CREATE INDEX by_a ON t (a); CREATE INDEX by_b ON t (b); CREATE TABLE other (x);"
      "CREATE INDEX by_x ON other (x); INSERT INTO other VALUES (1);"
      "WITH RECURSIVE i(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM i LIMIT 500)"
      " INSERT INTO t SELECT v, v, v % 2, v FROM i; ANALYZE;"
      "UPDATE sqlite_stat1 SET stat = '500 250' WHERE idx = 'by_b';",
      GetParam());
  const std::string query = "SELECT detail FROM pragma_query_plan";
  const auto plan = [&] {
    db::sqlite::Connection database = app.Open();
    auto select = database.Prepare("EXPLAIN QUERY PLAN SELECT * FROM t WHERE a = 1 AND b = 7");
    return select->Step().value() ? select->Text(3) : "";
  };
  const std::string before = plan();

  ExpectThereAndBack(app, kCheck);

  EXPECT_EQ(plan(), before);
  EXPECT_EQ(app.Read().statistics.size(), 3U);
}

TEST_P(PhysicalFormWays, FullTextAndOtherVirtualTablesAreLeftAlone) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, body TEXT);"
      "CREATE VIRTUAL TABLE find USING fts5(body, content='t', content_rowid='id');"
      "CREATE VIRTUAL TABLE own USING fts5(title); CREATE VIRTUAL TABLE box USING rtree(id, a, b);"
      "CREATE TRIGGER t_ai AFTER INSERT ON t BEGIN INSERT INTO find (rowid, body)"
      " VALUES (NEW.id, NEW.body); END;"
      "INSERT INTO t VALUES (1, 1, 'hello world'), (2, 2, 'hello there');"
      "INSERT INTO own VALUES ('a title'); INSERT INTO box VALUES (1, 2, 3);",
      GetParam());

  ExpectThereAndBack(app, kCheck);

  EXPECT_EQ(app.Text("SELECT rowid FROM find WHERE find MATCH 'there'"), "2");
  EXPECT_EQ(app.Text("SELECT title FROM own WHERE own MATCH 'title'"), "a title");
  EXPECT_EQ(app.Text("SELECT id FROM box WHERE a < 3"), "1");
  app.Sql("INSERT INTO t VALUES (3, 3, 'again there')");
  EXPECT_EQ(app.Text("SELECT rowid FROM find WHERE find MATCH 'there'"), "2 3");
  app.Sql("INSERT INTO find (find) VALUES ('integrity-check')");
}

TEST_P(PhysicalFormWays, AVirtualTableWhoseModuleIsMissingIsNoObstacle) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO t VALUES (1, 1);"
      "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema VALUES ('table', 'geo', 'geo', 0,"
      " 'CREATE VIRTUAL TABLE geo USING spatial_index(x, y)'); PRAGMA writable_schema = RESET;",
      GetParam());

  ASSERT_THAT(app.Apply(kCheck), IsOk());
  ASSERT_THAT(app.RollBack(), IsOk());

  EXPECT_EQ(app.Text("SELECT count(*) FROM sqlite_schema WHERE name = 'geo'"), "1");
}

TEST_P(PhysicalFormWays, ACollationThatIsMissingIsSaidAndNothingChanged) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, x TEXT); INSERT INTO t VALUES (1, 1, "
      "'a');"
      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql ="
      " 'CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, x TEXT COLLATE icu)' WHERE name = 't';"
      "PRAGMA writable_schema = RESET;",
      GetParam());

  const Contents before = app.Read();

  EXPECT_THAT(app.Apply(kCheck), HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(app.Read(), before);
}

TEST_P(PhysicalFormWays, AnAutoVacuumDatabaseWithSmallPagesIsMigrated) {
  AppDatabase app(
      "PRAGMA auto_vacuum = FULL; PRAGMA page_size = 512; VACUUM;"
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, x BLOB);"
      "WITH RECURSIVE i(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM i LIMIT 300)"
      " INSERT INTO t SELECT v, v, zeroblob(v * 10) FROM i;",
      GetParam());

  ExpectThereAndBack(app, kCheck);
}

TEST_P(PhysicalFormWays, TablesWithoutRowsAndWithOneAreMigrated) {
  AppDatabase app("CREATE TABLE t (n INTEGER)", GetParam());
  ExpectThereAndBack(app, kCheck);

  AppDatabase one("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1)", GetParam());
  ExpectThereAndBack(one, kCheck);
}

TEST_P(PhysicalFormWays, AHundredIndexesAreMadeAgain) {
  std::string sql = "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER);";
  for (int i = 0; i < 100; ++i) {
    absl::StrAppend(&sql, "CREATE INDEX ix", i, " ON t (n + ", i, ") WHERE n > ", i, ";");
  }
  AppDatabase app(sql + "INSERT INTO t VALUES (1, 50), (2, 99);", GetParam());

  ExpectThereAndBack(app, kCheck);

  EXPECT_EQ(app.Text("SELECT count(*) FROM pragma_index_list('t')"), "100");
}

TEST_P(PhysicalFormWays, TwoThousandColumnsAreTheMostATableHas) {
  std::string columns = "id INTEGER PRIMARY KEY, n INTEGER";
  for (int i = 2; i < 2000; ++i) absl::StrAppend(&columns, ", c", i);
  AppDatabase app(
      absl::StrCat("CREATE TABLE t (", columns, ");",
                   "INSERT INTO t (id, n, c2, c1999) VALUES (1, 5, 'a', 'z'), (2, -5, 1, 2);"),
      GetParam());

  ExpectThereAndBack(app, R"(step { add_check { table: "t" column: "n" name: "t_n"
    rule { int64 { gte: 0 } } rationale: "r" on_violation { quarantine {} } } })");

  EXPECT_EQ(app.Text("SELECT c1999 FROM t"), "z");
}

TEST(PhysicalForm, ATableOfSoManyColumnsWithoutAKeyIsRefusedClearly) {
  std::string columns = "n INTEGER";
  for (int i = 1; i < 2000; ++i) absl::StrAppend(&columns, ", c", i);
  AppDatabase app(absl::StrCat("CREATE TABLE t (", columns, ")"), {.always_anew = true});

  EXPECT_THAT(std::string(app.Apply(kCheck).message()), HasSubstr("too many columns"));
  app.ExpectSound();
}

TEST(PhysicalForm, TextInUtf16IsRefused) {
  for (const char* const encoding : {"UTF-16le", "UTF-16be"}) {
    testing::TempFolder folder;
    {
      auto made = db::sqlite::Connection::Open(folder.File("a.db"), db::sqlite::OpenMode::kCreate);
      ASSERT_THAT(made->Execute(absl::StrCat("PRAGMA encoding = '", encoding,
                                             "'; CREATE TABLE t (n INTEGER)")),
                  IsOk());
    }
    auto database =
        db::sqlite::Connection::Open(folder.File("a.db"), db::sqlite::OpenMode::kForeign);
    SystemClock clock;
    testing::RecordingObserver observer;

    const absl::Status refused = ApplyOne(
        *database, {}, Plan(), {.run_id = "r", .build = "b", .clock = clock, .observer = observer});

    EXPECT_EQ(migration::ExitCodeOf(refused), ExitCode::kRefused);
    EXPECT_THAT(std::string(refused.message()), HasSubstr("UTF-16"));
    EXPECT_EQ(AppDatabase::TextIn(*database, "SELECT count(*) FROM sqlite_schema"), "1");
  }
}

TEST(PhysicalForm, AFullDiskRollsEverythingBack) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, x TEXT);"
      "WITH RECURSIVE i(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM i LIMIT 3000)"
      " INSERT INTO t SELECT v, v, hex(zeroblob(100)) FROM i;",
      {.always_anew = true});
  app.on_open = "PRAGMA max_page_count = 200";

  ExpectRefused(app, kCheck, ExitCode::kFailed, "full");

  app.on_open = "";
  EXPECT_THAT(app.Apply(kCheck), IsOk());
}

TEST(PhysicalForm, AMillionRowsAreWrittenAnewInBoundedMemory) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER, x TEXT);"
      "CREATE INDEX by_n ON t (n);"
      "WITH RECURSIVE i(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM i LIMIT 1000000)"
      " INSERT INTO t SELECT v, v, 'row' || v FROM i;",
      {.always_anew = true});
  const std::optional<int64_t> before = PeakMemoryKiB();

  ASSERT_THAT(app.Apply(kCheck), IsOk());

  if (before) {
    EXPECT_LT(*PeakMemoryKiB() - *before, 64 * 1024);
  }
  EXPECT_EQ(app.Text("SELECT count(*) || ':' || sum(n) FROM t"), "1000000:500000500000");
}

}  // namespace
}  // namespace daybook::migrator::sqlite
