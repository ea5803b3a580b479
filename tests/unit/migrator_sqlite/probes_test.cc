// Probes: what they take for proved, what they find, and that they leave no trace.

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"

#include "google/protobuf/text_format.h"
#include "migrator/sqlite/check_sql.h"
#include "migrator/sqlite/probe.h"
#include "migrator/sqlite/session.h"
#include "support/app_database.h"
#include "support/status_matchers.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::migration::ExitCode;
using ::daybook::migration::v1::AddCheck;
using ::daybook::testing::AppDatabase;
using ::daybook::testing::Contents;
using ::daybook::testing::ExpectRefused;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::Contains;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const auto kProbeRefused = HasCode(absl::StatusCode::kFailedPrecondition);

AddCheck Declared(const std::string& text) {
  AddCheck check;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &check)) << text;
  if (check.table().empty()) check.set_table("t");
  if (check.name().empty()) check.set_name("the_check");
  return check;
}

// What the probes say of the database as it is, which they must not change.
ProbeResult ProbeIn(const AppDatabase& app, const AddCheck& declared) {
  const Contents before = app.Read();
  db::sqlite::Connection database = app.Open();
  ProbeResult result;
  {
    const auto session = Session::Begin(database);
    EXPECT_THAT(session, IsOk());
    const absl::Status rolled_back = database.InTransaction([&]() -> absl::Status {
      auto probed = ProbeCheck(database, {.table = declared.table(),
                                          .name = declared.name(),
                                          .condition = CheckCondition(declared).value(),
                                          .declared = declared});
      EXPECT_THAT(probed, IsOk());
      if (probed.ok()) result = *probed;
      EXPECT_EQ(AppDatabase::TextIn(database, "SELECT name FROM sqlite_temp_schema"), "");
      return absl::OkStatus();
    });
    EXPECT_THAT(rolled_back, IsOk());
  }
  EXPECT_EQ(app.Read(), before);
  app.ExpectSound();
  return result;
}

// A table with the column `x`, which has `condition` as its check.
std::string TableWith(const std::string& type, const std::string& condition,
                      const std::string& rows = "") {
  return absl::StrCat("CREATE TABLE t (id INTEGER PRIMARY KEY, x ", type, ", y ", type,
                      ", CONSTRAINT the_check CHECK (", condition, "));", rows);
}

struct Rule {
  std::string type;      // of the columns x and y
  std::string declared;  // the AddCheck
  std::string right;     // a row's x and y
};

std::ostream& operator<<(std::ostream& out, const Rule& rule) { return out << rule.declared; }

const Rule kRules[] = {
    {"INTEGER", "column: 'x' rule { int64 { gte: 0 } }", "7, 1"},
    {"INTEGER", "column: 'x' rule { int64 { gt: 0 } }", "7, 1"},
    {"INTEGER", "column: 'x' rule { int64 { lte: -3 nullable: true } }", "-3, 1"},
    {"INTEGER", "column: 'x' rule { int64 { lt: 10 gt: 5 } }", "7, 1"},
    {"INTEGER", "column: 'x' rule { int64 { gte: -9223372036854775808 lte: 9223372036854775807 } }",
     "7, 1"},
    {"", "column: 'x' rule { int64 { gte: 9223372036854775807 } }", "9223372036854775807, 1"},
    {"TEXT", "column: 'x' rule { string { max_chars: 50 nullable: true } }", "'abc', 1"},
    {"TEXT", "column: 'x' rule { string { min_chars: 2 max_chars: 3 } }", "'abc', 1"},
    {"TEXT", "column: 'x' rule { string { max_bytes: 10 } }", "'abc', 1"},
    {"TEXT", "column: 'x' rule { string { charset: 'a-z0-9_.' } }", "'abc', 1"},
    {"TEXT", "column: 'x' rule { string { charset: 'a-z0-9' first_charset: 'a-z' max_chars: 5 } }",
     "'abc', 1"},
    {"TEXT", "column: 'x' rule { string { json_object: true } }", "'{}', 1"},
    {"TEXT", "column: 'x' rule { string { ip_address: true max_chars: 45 } }", "'1.1.1.1', 1"},
    {"INTEGER", "column: 'x' rule { time {} }", "0, 1"},
    {"INTEGER", "column: 'x' rule { time { nullable: true } }", "NULL, 1"},
    {"NUMERIC", "column: 'x' expression { number { gte: '0.01' lte: '999.99' } }", "1.5, 1"},
    {"REAL", "column: 'x' expression { number { gt: '0' } }", "1.5, 1"},
    {"REAL", "column: 'x' expression { number { lt: '0' } nullable: true }", "-1.5, 1"},
    {"REAL", "column: 'x' expression { number { gt: '-1e300' lt: '1e300' } }", "0, 1"},
    {"REAL", "column: 'x' expression { number { gte: '1e17' } }", "1e18, 1"},
    {"TEXT",
     "column: 'x' expression { pattern { part { literal: '0x' } part { charset: 'a-fA-F0-9'"
     " min_count: 4 max_count: 4 } } }",
     "'0xAbc9', 1"},
    {"TEXT",
     "column: 'x' expression { nullable: true pattern { part { literal: '*?[é' }"
     " part { charset: ' -~' min_count: 1 } } }",
     "'*?[é!', 1"},
    {"TEXT",
     "column: 'x' expression { pattern { part { charset: 'A-Z' min_count: 2 max_count: 2 }"
     " part { charset: '0-9' min_count: 1 max_count: 3 } } }",
     "'KR12', 1"},
    {"TEXT", "column: 'x' expression { one_of { text: 'on' text: 'it''s off' } }", "'on', 1"},
    {"INTEGER",
     "column: 'x' expression { one_of { integer: 1 integer: 2 integer: 5 } nullable: true }",
     "5, 1"},
    {"INTEGER", "column: 'x' expression { one_of { integer: 9223372036854775807 } }",
     "9223372036854775807, 1"},
    {"INTEGER", "column: 'x' expression { compare { gt: 'y' } }", "2, 1"},
    {"INTEGER", "column: 'x' expression { compare { gte: 'y' } nullable: true }", "1, 1"},
    {"TEXT", "column: 'x' expression { compare { lt: 'y' } }", "'a', 'b'"},
    {"DATETIME", "column: 'x' expression { compare { lte: 'y' } nullable: true }",
     "'2024-01-01', '2024-01-02'"},
    {"REAL", "column: 'x' expression { compare { eq: 'y' } }", "1, 1"},
    {"", "column: 'x' expression { compare { ne: 'y' } }", "'a', 'b'"},
    {"INTEGER",
     "expression { sql { sql: 'x + y < 10' } }"
     " accept { value { column: 'x' literal: '4' } value { column: 'y' literal: '5' } }"
     " reject { value { column: 'x' literal: '5' } value { column: 'y' literal: '5' } }",
     "1, 1"},
    {"INTEGER",
     "column: 'x' expression { sql { sql: ' x % 2 = 0 -- even\\n ' } }"
     " accept { value { literal: '4' } } reject { value { literal: '5' } }",
     "2, 1"},
};

class EachRule : public ::testing::TestWithParam<Rule> {};
INSTANTIATE_TEST_SUITE_P(All, EachRule, ::testing::ValuesIn(kRules));

std::string Step(const Rule& rule) {
  return absl::StrCat("step { add_check { table: 't' name: 'the_check' rationale: 'r' ",
                      rule.declared, " } }");
}

TEST_P(EachRule, IsProvedOnATableWithRows) {
  AppDatabase app(absl::StrCat("CREATE TABLE t (id INTEGER PRIMARY KEY, x ", GetParam().type,
                               ", y ", GetParam().type, "); INSERT INTO t VALUES (1, ",
                               GetParam().right, ");"));

  ExpectThereAndBack(app, Step(GetParam()));
}

TEST_P(EachRule, IsProvedOnAnEmptyTableWrittenAnew) {
  AppDatabase app(absl::StrCat("CREATE TABLE t (id INTEGER PRIMARY KEY, x ", GetParam().type,
                               ", y ", GetParam().type, ")"),
                  {.always_anew = true});

  ExpectThereAndBack(app, Step(GetParam()));
}

struct Mutant {
  std::string type;
  std::string declared;
  std::string condition;  // what stands in the table instead
};

std::ostream& operator<<(std::ostream& out, const Mutant& mutant) {
  return out << mutant.declared << " as " << mutant.condition;
}

const Mutant kMutants[] = {
    {"INTEGER", "column: 'x' rule { int64 { gte: 0 } }", "typeof(x) = 'integer' AND x > 0"},
    {"INTEGER", "column: 'x' rule { int64 { gte: 0 } }", "typeof(x) = 'integer' AND x >= -1"},
    {"INTEGER", "column: 'x' rule { int64 { gte: 0 } }", "x >= 0"},
    {"INTEGER", "column: 'x' rule { int64 { gte: 0 } }",
     "x IS NULL OR (typeof(x) = 'integer' AND x >= 0)"},
    {"INTEGER", "column: 'x' rule { int64 { gte: 0 } }", "typeof(y) = 'integer' AND y >= 0"},
    {"INTEGER", "column: 'x' rule { int64 { lt: 9 nullable: true } }",
     "x IS NULL OR (typeof(x) = 'integer' AND x <= 9)"},
    {"INTEGER", "column: 'x' rule { int64 { lt: 9 nullable: true } }",
     "typeof(x) = 'integer' AND x < 9"},
    {"INTEGER", "column: 'x' rule { time {} }",
     "typeof(x) = 'integer' AND x <= 253402300799999999"},
    {"TEXT", "column: 'x' rule { string { max_chars: 50 } }", "length(x) <= 50"},
    {"TEXT", "column: 'x' rule { string { max_chars: 50 } }",
     "typeof(x) = 'text' AND length(x) <= 50"},
    {"TEXT", "column: 'x' rule { string { max_chars: 50 } }",
     "typeof(x) = 'text' AND length(CAST(x AS BLOB)) <= 50"
     " AND instr(CAST(x AS BLOB), x'00') = 0"},
    {"TEXT", "column: 'x' rule { string { max_chars: 50 } }",
     "typeof(x) = 'text' AND length(x) < 50 AND instr(CAST(x AS BLOB), x'00') = 0"},
    {"TEXT", "column: 'x' rule { string { charset: 'a-z' } }",
     "typeof(x) = 'text' AND x NOT GLOB '*[^a-zA-Z~]*' AND instr(CAST(x AS BLOB), x'00') = 0"},
    {"TEXT", "column: 'x' rule { string { json_object: true } }",
     "typeof(x) = 'text' AND instr(CAST(x AS BLOB), x'00') = 0 AND json_valid(x)"},
    {"REAL", "column: 'x' expression { number { gt: '0' } }",
     "typeof(x) IN ('integer', 'real') AND x > 0"},
    {"REAL", "column: 'x' expression { number { gt: '0' } }",
     "typeof(x) IN ('integer', 'real') AND abs(x) < 1e308 AND x >= 0"},
    {"TEXT", "column: 'x' expression { one_of { text: 'a' text: 'b' } }",
     "typeof(x) = 'text' AND x IN ('a')"},
    {"TEXT COLLATE NOCASE", "column: 'x' expression { one_of { text: 'a' } }", "1"},
    {"INTEGER", "column: 'x' expression { one_of { integer: 1 integer: 3 } }",
     "typeof(x) = 'integer' AND x BETWEEN 1 AND 3"},
    {"TEXT",
     "column: 'x' expression { pattern { part { literal: 'a' } part { charset: '0-9' min_count: 1"
     " max_count: 3 } } }",
     "typeof(x) = 'text' AND instr(CAST(x AS BLOB), x'00') = 0 AND x GLOB 'a[0-9]*'"
     " AND substr(x, 2) NOT GLOB '*[^0-9]*'"},
    {"INTEGER", "column: 'x' expression { compare { gt: 'y' } }",
     "y IS NULL OR (typeof(x) = typeof(y) AND x >= y)"},
    {"INTEGER", "column: 'x' expression { compare { ne: 'y' } }",
     "y IS NULL OR (typeof(x) = typeof(y) AND x > y)"},
    {"INTEGER", "column: 'x' expression { compare { lt: 'y' } }",
     "x IS NULL OR y IS NULL OR x < y"},
    {"INTEGER",
     "column: 'x' expression { sql { sql: 'x < 5' } } accept { value { literal: '4' } }"
     " reject { value { literal: '5' } }",
     "x <= 5"},
};

class EachMutant : public ::testing::TestWithParam<Mutant> {};
INSTANTIATE_TEST_SUITE_P(All, EachMutant, ::testing::ValuesIn(kMutants));

TEST_P(EachMutant, IsFoundInAnEmptyTable) {
  const AppDatabase app(TableWith(GetParam().type, GetParam().condition));

  EXPECT_THAT(ProbeIn(app, Declared(GetParam().declared)).faults, Not(IsEmpty()));
}

TEST_P(EachMutant, IsFoundInATableWithRows) {
  const AppDatabase app(
      TableWith(GetParam().type, GetParam().condition,
                "INSERT OR IGNORE INTO t VALUES (1, 5, 3), (2, 'a', 'b'), (3, 'a5', 'b'),"
                " (4, '{}', ''), (5, 1, 7), (6, 1, 1), (7, 3, NULL);"));

  EXPECT_THAT(ProbeIn(app, Declared(GetParam().declared)).faults, Not(IsEmpty()));
}

constexpr char kProbedRule[] = "column: 'x' rule { int64 { gte: 0 } }";
constexpr char kRightCondition[] = "typeof(x) = 'integer' AND x >= 0";

// The naive probe, a user who is not there with a balance that is not allowed, is
// refused by the foreign key as well.
TEST(Probes, AnUnmigratedTableIsNotTakenForProvedBecauseOfItsForeignKey) {
  const AppDatabase app(
      "CREATE TABLE users (id INTEGER PRIMARY KEY);"
      "CREATE TABLE t (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users(id),"
      " x INTEGER);"
      "INSERT INTO users VALUES (1); INSERT INTO t VALUES (1, 1, 5);");

  EXPECT_THAT(app.Try("INSERT INTO t VALUES (9, 999999, -1000)"), kProbeRefused);
  EXPECT_THAT(ProbeIn(app, Declared(kProbedRule)).faults,
              Contains(HasSubstr("no constraint the_check")));
}

TEST(Probes, AConstraintUnderAnotherNameOrOverAnotherColumnIsNotTheOne) {
  const AppDatabase named("CREATE TABLE t (x INTEGER, y INTEGER, CONSTRAINT other CHECK (x >= 0))");
  EXPECT_THAT(ProbeIn(named, Declared(kProbedRule)).faults,
              Contains(HasSubstr("no constraint the_check")));

  const AppDatabase column(
      TableWith("INTEGER", "typeof(y) = 'integer' AND y >= 0", "INSERT INTO t VALUES (1, 1, 1);"));
  EXPECT_THAT(ProbeIn(column, Declared(kProbedRule)).faults, Contains(HasSubstr("went in")));
}

TEST(Probes, ARefusalByAnotherConstraintProvesNothing) {
  // Every wrong value is refused, but never by the check in question.
  const AppDatabase app(
      "CREATE TABLE t (x INTEGER NOT NULL CHECK (typeof(x) = 'integer' AND x BETWEEN 10 AND 20),"
      " CONSTRAINT the_check CHECK (1)); INSERT INTO t VALUES (15);");

  EXPECT_THAT(ProbeIn(app, Declared(kProbedRule)).faults, Contains(HasSubstr("went in")));
}

TEST(Probes, OtherConstraintsInTheWayAreNoFault) {
  for (const char* const other :
       {"CHECK (x BETWEEN 10 AND 20)", "CHECK (x IN (12, 15))", "UNIQUE", "UNIQUE NOT NULL"}) {
    const AppDatabase app(absl::StrCat("CREATE TABLE t (x INTEGER ", other,
                                       ", CONSTRAINT the_check CHECK (", kRightCondition,
                                       ")); INSERT INTO t VALUES (12), (15);"));

    const ProbeResult result = ProbeIn(app, Declared(kProbedRule));

    EXPECT_THAT(result.faults, IsEmpty()) << other;
    EXPECT_GT(result.accepted, 0);
    EXPECT_GT(result.refused, 0);
  }
}

TEST(Probes, ClausesThatSkipOrReplaceRowsDoNotHideAnything) {
  const AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY ON CONFLICT REPLACE,"
      " x INTEGER NOT NULL ON CONFLICT IGNORE UNIQUE ON CONFLICT IGNORE,"
      " CONSTRAINT the_check CHECK (typeof(x) = 'integer' AND x >= 0));"
      "INSERT INTO t VALUES (1, 5), (2, 0), (3, 1);");

  EXPECT_THAT(ProbeIn(app, Declared(kProbedRule)).faults, IsEmpty());
}

TEST(Probes, TablesOfEveryKindAreProbedByEachWayOfWriting) {
  const std::vector<std::string> tables = {
      ("CREATE TABLE t (k TEXT PRIMARY KEY, x INTEGER, CONSTRAINT the_check CHECK ($)) WITHOUT "
       "ROWID"),
      "CREATE TABLE t (k, x INTEGER, CONSTRAINT the_check CHECK ($))",
      ("CREATE TABLE t (k INTEGER PRIMARY KEY AUTOINCREMENT, x INTEGER, CONSTRAINT the_check CHECK "
       "($))"),
      "CREATE TABLE t (k TEXT UNIQUE, x INTEGER, CONSTRAINT the_check CHECK ($))",
      "CREATE TABLE t (k TEXT, x INTEGER, PRIMARY KEY (x, k), CONSTRAINT the_check CHECK ($))",
      "CREATE TABLE t (k INTEGER, x INTEGER, CONSTRAINT the_check CHECK ($)) STRICT",
      "CREATE TABLE t (rowid TEXT, x INTEGER, oid, CONSTRAINT the_check CHECK ($))",
      "CREATE TABLE t (k TEXT, x INTEGER, z AS (x + 1), CONSTRAINT the_check CHECK ($))",
  };
  for (const std::string& table : tables) {
    const AppDatabase app(absl::StrReplaceAll(table, {{"$", kRightCondition}}) +
                          "; INSERT INTO t VALUES (1, 5" +
                          (absl::StrContains(table, "oid,") ? ", 1" : "") + ");");

    const ProbeResult result = ProbeIn(app, Declared(kProbedRule));

    EXPECT_THAT(result.faults, IsEmpty()) << table;
    EXPECT_THAT(result.refused, Gt(6)) << table;
  }
}

TEST(Probes, TheKeyItselfIsProbedThoughNullAsksItForANumber) {
  const AppDatabase app(
      "CREATE TABLE t (x INTEGER PRIMARY KEY AUTOINCREMENT, y, CONSTRAINT the_check"
      " CHECK (typeof(x) = 'integer' AND x >= 0)); INSERT INTO t VALUES (3, 'a'), (9, 'b');");

  EXPECT_THAT(ProbeIn(app, Declared(kProbedRule)).faults, IsEmpty());
}

TEST(Probes, AGeneratedColumnIsProbedApart) {
  const AppDatabase app(
      "CREATE TABLE t (y INTEGER, x INTEGER AS (y - 5) STORED, CONSTRAINT the_check"
      " CHECK (typeof(x) = 'integer' AND x >= 0)); INSERT INTO t VALUES (9);");

  EXPECT_THAT(ProbeIn(app, Declared(kProbedRule)).faults, IsEmpty());
}

TEST(Probes, ATableWhoseRowsCannotBeToldApartIsProbedApart) {
  const AppDatabase app(
      "CREATE TABLE t (rowid, _rowid_, oid, x INTEGER, CONSTRAINT the_check"
      " CHECK (typeof(x) = 'integer' AND x >= 0)); INSERT INTO t VALUES (1, 2, 3, 4);");

  EXPECT_THAT(ProbeIn(app, Declared(kProbedRule)).faults, IsEmpty());
}

TEST(Probes, TheCollationOfAColumnCountsInAnEmptyTableToo) {
  const AppDatabase app(
      "CREATE TABLE t (x TEXT COLLATE NOCASE, CONSTRAINT the_check CHECK (x IN ('a')))");
  const std::string declared =
      "column: 'x' expression { sql { sql: \"x IN ('a')\" } }"
      " accept { value { literal: \"'A'\" } } reject { value { literal: \"'b'\" } }";

  EXPECT_THAT(ProbeIn(app, Declared(declared)).faults, IsEmpty());
}

TEST(Probes, TextOfAMillionCharactersIsProbed) {
  const AppDatabase app(TableWith(
      "TEXT", "typeof(x) = 'text' AND length(x) <= 1000000 AND instr(CAST(x AS BLOB), x'00') = 0"));

  EXPECT_THAT(ProbeIn(app, Declared("column: 'x' rule { string { max_chars: 1000000 } }")).faults,
              IsEmpty());
}

// The same verdicts as SQLite's on what a program writes, one by one.
TEST(Probes, LeaveNoTraceInCountsSequencesTriggersAndSpace) {
  const AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, x INTEGER, y TEXT UNIQUE,"
      " CONSTRAINT the_check CHECK (typeof(x) = 'integer' AND x >= 0));"
      "CREATE TABLE log (what);"
      "CREATE TRIGGER a AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('insert'); END;"
      "CREATE TRIGGER b AFTER UPDATE ON t BEGIN INSERT INTO log VALUES ('update'); END;"
      "CREATE TRIGGER c AFTER DELETE ON t BEGIN INSERT INTO log VALUES ('delete'); END;"
      "INSERT INTO t (x, y) VALUES (1, 'a'), (2, 'b'), (3, 'c'); DELETE FROM t WHERE id = 3;"
      "DELETE FROM log;");

  EXPECT_THAT(ProbeIn(app, Declared(kProbedRule)).faults, IsEmpty());

  EXPECT_EQ(app.Text("SELECT count(*) FROM log"), "0");
  EXPECT_EQ(app.Text("SELECT max(id) FROM t"), "2");
  EXPECT_EQ(app.Text("SELECT seq FROM sqlite_sequence"), "3");
  app.Sql("INSERT INTO t (x, y) VALUES (4, 'd')");
  EXPECT_EQ(app.Text("SELECT max(id) FROM t"), "4");
}

TEST(Probes, AnExpressionWithoutARowToRefuseFailsTheMigration) {
  AppDatabase app("CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (1);");

  ExpectRefused(app, R"(step { add_check { table: "t" column: "x" name: "c" rationale: "r"
    expression { sql { sql: "x < 5" } } accept { value { literal: "4" } } } })",
                ExitCode::kVerification, "it refused nothing; give the step reject");
}

TEST(Balance, TakesWholeNumbersFromZeroAndNothingElse) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, x INTEGER); INSERT INTO t VALUES (1, 1)");
  ASSERT_THAT(app.Apply(R"(step { add_check { table: "t" column: "x" name: "c" rationale: "r"
    rule { int64 { gte: 0 } } } })"),
              IsOk());

  for (const char* const right : {"0", "1", "'12'", "12.0", "9223372036854775807"}) {
    EXPECT_THAT(app.Try(absl::StrCat("INSERT INTO t (x) VALUES (", right, ")")), IsOk()) << right;
    EXPECT_THAT(app.Try(absl::StrCat("UPDATE t SET x = ", right)), IsOk()) << right;
  }
  for (const char* const wrong :
       {"-1", "1.5", "'abc'", "x'00'", "NULL", "9e999", "9223372036854775808", "''"}) {
    EXPECT_THAT(app.Try(absl::StrCat("INSERT INTO t (x) VALUES (", wrong, ")")), kProbeRefused)
        << wrong;
    EXPECT_THAT(app.Try(absl::StrCat("UPDATE t SET x = ", wrong)), kProbeRefused) << wrong;
    EXPECT_THAT(app.Try(absl::StrCat("INSERT OR REPLACE INTO t VALUES (1, ", wrong, ")")),
                kProbeRefused)
        << wrong;
    EXPECT_THAT(
        app.Try(absl::StrCat("INSERT INTO t VALUES (1, 1) ON CONFLICT DO UPDATE SET x = ", wrong)),
        kProbeRefused)
        << wrong;
  }
  app.Sql("INSERT INTO t (x) VALUES ('12')");
  EXPECT_EQ(app.Text("SELECT typeof(x) || x FROM t WHERE id = 2"), "integer12");
}

// IGNORE drops the row without an error, which no CHECK can hinder: the value does
// not get in, and only the caller could tell.
TEST(Balance, IsSkippedSilentlyWhereAProgramAsksToIgnore) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, x INTEGER); INSERT INTO t VALUES (1, 1)");
  ASSERT_THAT(app.Apply(R"(step { add_check { table: "t" column: "x" name: "c" rationale: "r"
    rule { int64 { gte: 0 } } } })"),
              IsOk());

  app.Sql("INSERT OR IGNORE INTO t VALUES (2, -5); UPDATE OR IGNORE t SET x = -5");

  EXPECT_EQ(app.Text("SELECT id || ':' || x FROM t"), "1:1");
}

TEST(DepositorName, HasFiftyCharactersHoweverTheyAreWritten) {
  AppDatabase app("CREATE TABLE t (x TEXT)");
  ASSERT_THAT(app.Apply(R"(step { add_check { table: "t" column: "x" name: "c" rationale: "r"
    rule { string { max_chars: 50 nullable: true } } } })"),
              IsOk());
  const auto try_text = [&](const std::string& sql) {
    return app.Try(absl::StrCat("INSERT INTO t VALUES (", sql, ")"));
  };
  const auto repeat = [](const std::string& piece, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += piece;
    return absl::StrCat("'", text, "'");
  };
  const std::string woman_and_joiner = "\xF0\x9F\x91\xA9\xE2\x80\x8D";

  EXPECT_THAT(try_text(repeat("홍", 50)), IsOk());
  EXPECT_THAT(try_text(repeat("홍", 51)), kProbeRefused);
  EXPECT_THAT(try_text(repeat(woman_and_joiner, 25)), IsOk());
  EXPECT_THAT(try_text(repeat(woman_and_joiner, 26)), kProbeRefused);
  EXPECT_THAT(try_text("'ThisIsAVeryLongDepositorNameThatExceedsFiftyCharactersRejected!!'"),
              kProbeRefused);
  EXPECT_THAT(try_text("'1234567890' || char(0) || 'and so on'"), kProbeRefused);
  EXPECT_THAT(try_text("char(0)"), kProbeRefused);
  EXPECT_THAT(try_text("NULL"), IsOk());
  EXPECT_THAT(try_text("''"), IsOk());
  EXPECT_THAT(try_text("x'41'"), kProbeRefused);
}

TEST(ThreeValues, NullBreaksNothing) {
  AppDatabase app(
      "CREATE TABLE t (x INTEGER, y INTEGER); INSERT INTO t VALUES (NULL, 1), (1, NULL)");

  EXPECT_THAT(app.Apply(R"(step { add_check { table: "t" name: "c" rationale: "r"
    expression { sql { sql: "x < y" } }
    accept { value { column: "x" literal: "1" } value { column: "y" literal: "2" } }
    reject { value { column: "x" literal: "2" } value { column: "y" literal: "1" } } } })"),
              IsOk());
}

}  // namespace
}  // namespace daybook::migrator::sqlite
