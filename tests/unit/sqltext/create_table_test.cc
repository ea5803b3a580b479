#include "migrator/sqltext/create_table.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "support/status_matchers.h"
#include "unit/sqltext/parsed.h"

namespace daybook::sqltext {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The table with only this in its parentheses.
CreateTable WithBody(const std::string& body) {
  return Parsed(absl::StrCat("CREATE TABLE t (", body, ")"));
}

// The constraints of its first column.
std::vector<Constraint> Own(const std::string& definition) {
  return WithBody(definition).columns()[0].constraints;
}

std::string ParseError(const std::string& sql) {
  const auto table = CreateTable::Parse(sql);
  EXPECT_THAT(table, HasCode(absl::StatusCode::kInvalidArgument)) << sql;
  return std::string(table.status().message());
}

std::vector<std::string> ColumnNames(const CreateTable& table) {
  std::vector<std::string> names;
  for (const Column& column : table.columns()) names.push_back(column.name);
  return names;
}

TEST(CreateTable, ReadsAPlainTable) {
  const CreateTable table =
      Parsed("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, UNIQUE (name))");

  EXPECT_EQ(table.name(), "users");
  EXPECT_EQ(table.Text(table.name_range()), "users");
  EXPECT_THAT(ColumnNames(table), ElementsAre("id", "name"));
  EXPECT_EQ(table.columns()[1].type, "TEXT");
  EXPECT_EQ(table.Text(table.columns()[1].range), "name TEXT NOT NULL");
  EXPECT_EQ(table.Text(table.columns()[1].head), "name TEXT");
  EXPECT_EQ(table.Text(table.constraints()[0].range), "UNIQUE (name)");
  EXPECT_EQ(table.Text(table.body()), "id INTEGER PRIMARY KEY, name TEXT NOT NULL, UNIQUE (name)");
  EXPECT_FALSE(table.is_temporary() || table.without_rowid() || table.strict());
  EXPECT_TRUE(table.qualifier_range().empty());
}

TEST(CreateTable, ReadsEveryFormOfHead) {
  const CreateTable table =
      Parsed("/* a */create temporary table if not exists \"temp\" . [a b](x);  -- end");

  EXPECT_EQ(table.name(), "a b");
  EXPECT_EQ(table.Text(table.name_range()), "[a b]");
  EXPECT_EQ(table.Text(table.qualifier_range()), "\"temp\" .");
  EXPECT_TRUE(table.is_temporary());
  EXPECT_EQ(Parsed("CREATE TABLE't'(a)").name(), "t");
  EXPECT_EQ(Parsed("CREATE TABLE left (a)").name(), "left");
}

TEST(CreateTable, ReadsTheOptionsBehindIt) {
  EXPECT_TRUE(Parsed("CREATE TABLE t (a PRIMARY KEY) WITHOUT ROWID").without_rowid());
  EXPECT_TRUE(Parsed("CREATE TABLE t (a) strict").strict());
  EXPECT_TRUE(Parsed("CREATE TABLE t (a) , strict").strict());
  const CreateTable both = Parsed("CREATE TABLE t (a) STRICT, without /* x */ rowid");
  EXPECT_TRUE(both.strict() && both.without_rowid());
}

TEST(CreateTable, NamesMayBeQuotedInEveryWayAndBeKeywords) {
  EXPECT_THAT(
      ColumnNames(WithBody(
          R"("a ""b""" INT, [c], `d`, 'e' TEXT, key, abort INT, "select", replace, 한글, right, window)")),
      ElementsAre("a \"b\"", "c", "d", "e", "key", "abort", "select", "replace", "한글", "right",
                  "window"));
}

TEST(CreateTable, TypesMayHaveManyWordsNumbersOrNone) {
  const CreateTable table = WithBody(
      "a, b DOUBLE  PRECISION, c DECIMAL (10, +2), d VARCHAR(-1) NOT NULL, e \"my type\","
      " f 'x' [y], g LONG /* c */ INT DEFAULT 0");
  std::vector<std::string> types;
  for (const Column& column : table.columns()) types.push_back(column.type);

  EXPECT_THAT(types, ElementsAre("", "DOUBLE  PRECISION", "DECIMAL (10, +2)", "VARCHAR(-1)",
                                 "\"my type\"", "'x' [y]", "LONG /* c */ INT"));
}

TEST(CreateTable, GeneratedIsAWordOfTheTypeUnlessAlwaysAsFollows) {
  const CreateTable table = WithBody(
      "a, b INT GENERATED ALWAYS AS (a + 1), c AS (a) STORED, d GENERATED,"
      " e INT NOT NULL GENERATED ALWAYS AS (a) VIRTUAL");

  EXPECT_EQ(table.columns()[0].generated, Generated::kNo);
  EXPECT_EQ(table.columns()[1].generated, Generated::kVirtual);
  EXPECT_EQ(table.columns()[1].type, "INT");
  const Constraint& generated = table.columns()[1].constraints[0];
  EXPECT_EQ(table.Text(generated.range), "GENERATED ALWAYS AS (a + 1)");
  EXPECT_EQ(table.Text(generated.expression), "a + 1");
  EXPECT_EQ(table.columns()[2].generated, Generated::kStored);
  EXPECT_EQ(table.Text(table.columns()[2].constraints[0].range), "AS (a) STORED");
  EXPECT_EQ(table.columns()[3].type, "GENERATED");
  EXPECT_EQ(table.columns()[3].generated, Generated::kNo);
  EXPECT_EQ(table.columns()[4].generated, Generated::kVirtual);
}

TEST(CreateTable, ReadsAColumnsOwnConstraints) {
  const CreateTable table = WithBody(
      "a INTEGER CONSTRAINT k PRIMARY KEY ASC ON CONFLICT FAIL AUTOINCREMENT"
      " CONSTRAINT n NOT NULL ON CONFLICT IGNORE UNIQUE ON CONFLICT REPLACE NULL ON CONFLICT ABORT"
      " CHECK (a > (0)) DEFAULT 1 COLLATE nocase");
  std::vector<std::pair<ConstraintKind, std::string>> found;
  for (const Constraint& constraint : table.columns()[0].constraints) {
    EXPECT_THAT(constraint.columns, ElementsAre("a"));
    found.emplace_back(constraint.kind, table.Text(constraint.range));
  }

  using Kind = ConstraintKind;
  EXPECT_THAT(found,
              ElementsAre(std::pair(Kind::kPrimaryKey,
                                    "CONSTRAINT k PRIMARY KEY ASC ON CONFLICT FAIL AUTOINCREMENT"),
                          std::pair(Kind::kNotNull, "CONSTRAINT n NOT NULL ON CONFLICT IGNORE"),
                          std::pair(Kind::kUnique, "UNIQUE ON CONFLICT REPLACE"),
                          std::pair(Kind::kNull, "NULL ON CONFLICT ABORT"),
                          std::pair(Kind::kCheck, "CHECK (a > (0))"),
                          std::pair(Kind::kDefault, "DEFAULT 1"),
                          std::pair(Kind::kCollate, "COLLATE nocase")));
}

TEST(CreateTable, AColumnsPrimaryKeyMayDescendOrCount) {
  EXPECT_TRUE(Own("a INTEGER PRIMARY KEY DESC")[0].descending);
  EXPECT_FALSE(Own("a INTEGER PRIMARY KEY ASC")[0].descending);
  EXPECT_TRUE(Own("a INTEGER PRIMARY KEY AUTOINCREMENT")[0].autoincrement);
  EXPECT_FALSE(Own("a INTEGER PRIMARY KEY")[0].autoincrement);
  EXPECT_TRUE(WithBody("a INTEGER, PRIMARY KEY (a AUTOINCREMENT)").constraints()[0].autoincrement);
}

TEST(CreateTable, ADefaultIsALiteralAWordOrAnExpression) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"-1", "-1"},
      {"+ .5", "+ .5"},
      {"'a, b)'", "'a, b)'"},
      {"NULL", "NULL"},
      {"x'00'", "x'00'"},
      {"CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP"},
      {"\"q\"", "\"q\""},
      {"true", "true"},
      {"- /* c */ 1", "- /* c */ 1"},
      {"(1 + (2))", "1 + (2)"},
      {"( /* c */ 1 -- d\n)", "1"}};
  for (const auto& [written, value] : cases) {
    SCOPED_TRACE(written);
    const CreateTable table = WithBody(absl::StrCat("a DEFAULT ", written, " NOT NULL"));
    const Constraint& constraint = table.columns()[0].constraints[0];
    EXPECT_EQ(constraint.kind, ConstraintKind::kDefault);
    EXPECT_EQ(table.Text(constraint.expression), value);
    EXPECT_EQ(table.Text(constraint.range), "DEFAULT " + written);
  }
}

TEST(CreateTable, ReadsAForeignKeyOfAColumn) {
  const CreateTable table = WithBody(
      "a INT REFERENCES \"p q\" (x, [y]) ON DELETE SET NULL MATCH FULL ON UPDATE\n NO ACTION"
      " NOT DEFERRABLE INITIALLY IMMEDIATE CHECK (a), b REFERENCES p");
  const Constraint& key = *table.ForeignKeys()[0];

  EXPECT_EQ(key.references_table, "p q");
  EXPECT_THAT(key.references_columns, ElementsAre("x", "y"));
  EXPECT_THAT(key.columns, ElementsAre("a"));
  EXPECT_EQ(key.on_delete, FkAction::kSetNull);
  EXPECT_EQ(key.on_update, FkAction::kNoAction);
  EXPECT_EQ(table.Text(key.on_delete_ranges[0]), "ON DELETE SET NULL");
  EXPECT_EQ(table.Text(key.on_update_ranges[0]), "ON UPDATE\n NO ACTION");
  EXPECT_EQ(table.Text(key.references), "REFERENCES \"p q\" (x, [y])");
  EXPECT_EQ(key.deferrable, "NOT DEFERRABLE INITIALLY IMMEDIATE");
  EXPECT_FALSE(key.initially_deferred);
  const Constraint& plain = *table.ForeignKeys()[1];
  EXPECT_THAT(plain.references_columns, IsEmpty());
  EXPECT_EQ(plain.on_delete, FkAction::kNone);
  EXPECT_THAT(plain.on_delete_ranges, IsEmpty());
  EXPECT_EQ(plain.deferrable, "");
}

TEST(CreateTable, ReadsAForeignKeyOfTheTable) {
  const CreateTable table = WithBody(
      "a, b, CONSTRAINT f FOREIGN KEY (a, \"b\") REFERENCES p (x, y) ON UPDATE RESTRICT"
      " ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED");
  const Constraint& key = *table.FindConstraint("F");

  EXPECT_EQ(key.kind, ConstraintKind::kForeignKey);
  EXPECT_THAT(key.columns, ElementsAre("a", "b"));
  EXPECT_THAT(key.references_columns, ElementsAre("x", "y"));
  EXPECT_EQ(key.on_delete, FkAction::kCascade);
  EXPECT_EQ(key.on_update, FkAction::kRestrict);
  EXPECT_TRUE(key.initially_deferred);
  EXPECT_EQ(table.Text(key.range), table.Text({key.range.begin, table.body().end}));
}

TEST(CreateTable, OfSeveralClausesOfAForeignKeyTheLastCounts) {
  const CreateTable table =
      WithBody("a REFERENCES p ON DELETE CASCADE ON INSERT RESTRICT ON DELETE SET DEFAULT");
  const Constraint& key = *table.ForeignKeys()[0];

  EXPECT_EQ(key.on_delete, FkAction::kSetDefault);
  EXPECT_EQ(key.on_delete_ranges.size(), 2U);
  EXPECT_EQ(key.on_update, FkAction::kNone);
}

TEST(CreateTable, ADeferrableThatStandsApartBelongsToTheKeyBeforeIt) {
  const CreateTable table =
      WithBody("a REFERENCES p REFERENCES q NOT NULL, b DEFERRABLE INITIALLY DEFERRED");

  EXPECT_EQ(table.ForeignKeys()[0]->deferrable, "");
  EXPECT_EQ(table.ForeignKeys()[1]->deferrable, "DEFERRABLE INITIALLY DEFERRED");
  EXPECT_TRUE(table.ForeignKeys()[1]->initially_deferred);
  EXPECT_EQ(table.columns()[1].constraints[0].kind, ConstraintKind::kDeferrable);
  EXPECT_EQ(Own("a DEFERRABLE")[0].kind, ConstraintKind::kDeferrable);
}

TEST(CreateTable, KeysOfTheTableNameTheirColumnsOnly) {
  const CreateTable table = WithBody(
      "a, b, c, PRIMARY KEY (a COLLATE nocase DESC, \"b\" ASC) ON CONFLICT ROLLBACK,"
      " UNIQUE ((c) COLLATE 'rtrim', (((b) COLLATE binary)) DESC)");

  EXPECT_THAT(table.constraints()[0].columns, ElementsAre("a", "b"));
  EXPECT_EQ(table.constraints()[0].kind, ConstraintKind::kPrimaryKey);
  EXPECT_FALSE(table.constraints()[0].descending);
  EXPECT_THAT(table.constraints()[1].columns, ElementsAre("c", "b"));
  EXPECT_EQ(table.constraints()[1].kind, ConstraintKind::kUnique);
}

TEST(CreateTable, ConstraintsOfTheTableNeedNoCommaBetweenThem) {
  const CreateTable table = WithBody(
      "a, CHECK (a > 0) ON CONFLICT ABORT CONSTRAINT u UNIQUE (a)FOREIGN KEY (a) REFERENCES p"
      " CHECK (a < 9), PRIMARY KEY (a)");
  std::vector<std::string> texts;
  for (const Constraint& constraint : table.constraints()) {
    texts.emplace_back(table.Text(constraint.range));
  }

  EXPECT_THAT(texts,
              ElementsAre("CHECK (a > 0) ON CONFLICT ABORT", "CONSTRAINT u UNIQUE (a)",
                          "FOREIGN KEY (a) REFERENCES p", "CHECK (a < 9)", "PRIMARY KEY (a)"));
}

TEST(CreateTable, ANameMayStandAloneOrInARow) {
  const CreateTable table = WithBody(
      "a CONSTRAINT x CONSTRAINT y CHECK (a) CONSTRAINT z, b CONSTRAINT w,"
      " CONSTRAINT v, CONSTRAINT u CONSTRAINT s CHECK (b) CONSTRAINT r");

  EXPECT_EQ(table.AllConstraints().size(), 2U);
  EXPECT_EQ(table.FindConstraint("x"), nullptr);
  EXPECT_EQ(table.Text(table.FindConstraint("y")->range), "CONSTRAINT x CONSTRAINT y CHECK (a)");
  EXPECT_EQ(table.Text(table.FindConstraint("s")->range), "CONSTRAINT u CONSTRAINT s CHECK (b)");
  EXPECT_EQ(table.Text(table.columns()[0].range),
            "a CONSTRAINT x CONSTRAINT y CHECK (a) CONSTRAINT z");
}

TEST(CreateTable, ACheckIsReportedByTheLastNameBeforeItOrByItsText) {
  const CreateTable table = WithBody(
      "a CONSTRAINT one CHECK (a > 1) CHECK (a > 2), b CHECK ( b>  3 /* c */\n) CONSTRAINT two,"
      " CHECK (a > 4), CHECK (\"a\" > 5)");
  std::vector<std::string> names;
  for (const Constraint* check : table.Checks()) names.push_back(check->failure_name);

  EXPECT_THAT(names, ElementsAre("one", "one", "b>  3 /* c */", "two", "a"));
  EXPECT_EQ(table.Checks()[1]->name, "");
}

TEST(CreateTable, CommentsMayStandEverywhere) {
  const CreateTable table = Parsed(
      "--1\nCREATE--2\nTABLE/*3*/t--4\n(/*5*/a--6 , b\n/*7*/INT/*8*/NOT/*9*/NULL/*)*/,/*11*/"
      "CONSTRAINT/*12*/c/*13*/CHECK/*14*/(/*15*/a/*16*/)/*17*/)/*18*/STRICT--19");

  EXPECT_THAT(ColumnNames(table), ElementsAre("a"));
  EXPECT_EQ(table.Text(table.FindConstraint("c")->expression), "a");
  EXPECT_EQ(table.Text(table.columns()[0].range), "a--6 , b\n/*7*/INT/*8*/NOT/*9*/NULL");
  EXPECT_TRUE(table.strict());
}

TEST(CreateTable, FindsByNameInAnyCase) {
  const CreateTable table = WithBody("Aa CONSTRAINT one CHECK (1), b, CONSTRAINT one UNIQUE (b)");

  EXPECT_EQ(table.FindColumn("aA"), table.columns().data());
  EXPECT_EQ(table.FindColumn("c"), nullptr);
  EXPECT_EQ(table.FindConstraint("ONE"), table.columns()[0].constraints.data());
  EXPECT_EQ(table.FindConstraint(""), nullptr);
}

TEST(CreateTable, ACopyOwnsItsText) {
  auto table = CreateTable::Parse("CREATE TABLE t (a INT CHECK (a > 0))");
  ASSERT_THAT(table, IsOk());
  const CreateTable copy = *table;
  table = absl::UnknownError("gone");

  EXPECT_EQ(copy.Text(copy.Checks()[0]->expression), "a > 0");
}

TEST(CreateTable, RefusesOtherStatementsAndSaysWhy) {
  EXPECT_THAT(ParseError("CREATE VIRTUAL TABLE t USING fts5(a)"), HasSubstr("virtual table"));
  EXPECT_THAT(ParseError("CREATE TABLE t AS SELECT 1"), HasSubstr("AS SELECT"));
  EXPECT_THAT(ParseError("CREATE TABLE \"x\"AS SELECT 1"), HasSubstr("AS SELECT"));
  EXPECT_THAT(ParseError("CREATE INDEX i ON t (a)"), HasSubstr("TABLE is expected"));
  EXPECT_THAT(ParseError("SELECT 1"), HasSubstr("CREATE is expected"));
  EXPECT_THAT(ParseError(""), HasSubstr("the end stands there"));
  EXPECT_THAT(ParseError("CREATE TABLE t (a); SELECT 1"), HasSubstr("the end is expected"));
}

TEST(CreateTable, NamesTheLineOfAMistake) {
  EXPECT_THAT(ParseError("CREATE TABLE t (\n  a INT,\n  b INT b2 NOT 5\n)"),
              HasSubstr("line 3: NULL is expected, and 5 stands there"));
}

TEST(CreateTable, RefusesWhatIsNoTable) {
  for (const std::string body : {"",
                                 "a,",
                                 ",a",
                                 "a,,b",
                                 "select",
                                 "a INT(",
                                 "a INT()",
                                 "a INT(x)",
                                 "a NOT",
                                 "a NOT NUL",
                                 "a CHECK",
                                 "a CHECK ()",
                                 "a CHECK (1",
                                 "a CHECK (;)",
                                 "a CHECK ('x)",
                                 "a CHECK (1) )",
                                 "a DEFAULT",
                                 "a DEFAULT ()",
                                 "a DEFAULT select",
                                 "a PRIMARY",
                                 "a PRIMARY KEY (a)",
                                 "a REFERENCES",
                                 "a REFERENCES p (",
                                 "a REFERENCES p ()",
                                 "a REFERENCES p ON",
                                 "a REFERENCES p ON DELETE",
                                 "a REFERENCES p ON DELETE SET",
                                 "a REFERENCES p ON DELETE NO",
                                 "a REFERENCES p ON DROP CASCADE",
                                 "a REFERENCES p MATCH",
                                 "a DEFERRABLE INITIALLY",
                                 "a COLLATE",
                                 "a CONSTRAINT",
                                 "a CONSTRAINT 5",
                                 "a GENERATED ALWAYS AS",
                                 "a AS 1",
                                 "a UNIQUE ON",
                                 "a UNIQUE ON CONFLICT",
                                 "a UNIQUE ON CONFLICT x",
                                 "a CHECK (1) ON CONFLICT FAIL",
                                 "a, CONSTRAINT",
                                 "a, CHECK (1),",
                                 "a, CHECK (1), b",
                                 "a, CHECK (1) b",
                                 "a, UNIQUE",
                                 "a, UNIQUE (",
                                 "a, UNIQUE ()",
                                 "a, UNIQUE (a,)",
                                 "a, PRIMARY (a)",
                                 "a, FOREIGN KEY",
                                 "a, FOREIGN KEY (a)",
                                 "a, FOREIGN KEY (a) ON DELETE CASCADE",
                                 "a left",
                                 "a 5",
                                 "a ,5",
                                 "a 12ab",
                                 "a;"}) {
    ParseError(absl::StrCat("CREATE TABLE t (", body, ")"));
  }
  for (const std::string sql :
       {"CREATE", "CREATE TABLE", "CREATE TABLE t", "CREATE TABLE t (a", "CREATE TABLE t (a) x",
        "CREATE TABLE t (a) WITHOUT", "CREATE TABLE t (a) WITHOUT x", "CREATE TABLE t (a) STRICT,",
        "CREATE TABLE t (a),, STRICT", "CREATE TABLE IF (a)", "CREATE TABLE m. (a)",
        "CREATE TABLE a.b.c (a)", "CREATE TEMP (a)", "CREATE TABLE select (a)", "TABLE t (a)",
        "CREATE TABLE t (a)) STRICT"}) {
    ParseError(sql);
  }
}

TEST(CreateTable, SurvivesEveryPieceOfAText) {
  const std::string sql =
      "CREATE TEMP TABLE IF NOT EXISTS m.\"t\" (a INT (1,2) CONSTRAINT x PRIMARY KEY DESC DEFAULT"
      " ('y') REFERENCES p (q) ON DELETE SET NULL NOT DEFERRABLE, b AS (a) STORED, FOREIGN KEY (a,"
      " [b]) REFERENCES p, CHECK (x'00' /* z */)) WITHOUT ROWID, STRICT -- end";
  for (size_t begin = 0; begin < sql.size(); ++begin) {
    for (size_t end = begin; end <= sql.size(); ++end) {
      const auto table = CreateTable::Parse(sql.substr(begin, end - begin));
      if (table.ok()) continue;
      ASSERT_THAT(table, HasCode(absl::StatusCode::kInvalidArgument));
    }
  }
}

TEST(CreateTable, ReadsDeepNestingAndLongTextsInTime) {
  std::string sql = "CREATE TABLE t (a CHECK (";
  for (int i = 0; i < 50'000; ++i) sql += "(";
  sql += "1";
  for (int i = 0; i < 50'000; ++i) sql += ")";
  sql += ")";
  for (int i = 0; i < 20'000; ++i) absl::StrAppend(&sql, ", c", i, " REFERENCES p NULL DEFERRABLE");

  EXPECT_EQ(Parsed(sql + ")").columns().size(), 20'001U);
}

}  // namespace
}  // namespace daybook::sqltext
