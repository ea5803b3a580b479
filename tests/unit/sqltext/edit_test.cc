#include "migrator/sqltext/edit.h"

#include <string>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "support/status_matchers.h"
#include "unit/sqltext/parsed.h"

namespace daybook::sqltext {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::HasSubstr;

std::string TextOf(const absl::StatusOr<CreateTable>& table) {
  EXPECT_THAT(table, IsOk());
  return table.ok() ? table->sql() : "";
}

std::string ErrorOf(const absl::StatusOr<CreateTable>& table) {
  EXPECT_THAT(table, HasCode(absl::StatusCode::kInvalidArgument));
  return std::string(table.status().message());
}

std::string Renamed(const std::string& sql, const std::string& name) {
  return TextOf(WithName(Parsed(sql), name));
}

std::string Constrained(const std::string& sql) {
  return TextOf(WithTableConstraint(Parsed(sql), "CONSTRAINT c CHECK (a > 0)"));
}

std::string Widened(const std::string& sql) { return TextOf(WithColumn(Parsed(sql), "n TEXT")); }

// Without the constraint called c.
std::string Freed(const std::string& sql) {
  const CreateTable table = Parsed(sql);
  return TextOf(WithoutConstraint(table, *table.FindConstraint("c")));
}

std::string Narrowed(const std::string& sql) { return TextOf(WithoutColumn(Parsed(sql), "n")); }

TEST(WithName, ReplacesTheNameAndNothingElse) {
  EXPECT_EQ(Renamed("CREATE TABLE t(a)", "u"), "CREATE TABLE \"u\"(a)");
  EXPECT_EQ(Renamed("create  table /* t */ [t]\n(t REFERENCES t) -- t", "a\"b"),
            "create  table /* t */ \"a\"\"b\"\n(t REFERENCES t) -- t");
  EXPECT_EQ(Renamed("CREATE TABLE't'(a)", "u"), "CREATE TABLE\"u\"(a)");
  EXPECT_EQ(Renamed("CREATE TEMP TABLE IF NOT EXISTS t (a)", "u"),
            "CREATE TEMP TABLE IF NOT EXISTS \"u\" (a)");
}

TEST(WithName, ASchemaBeforeTheNameGoes) {
  EXPECT_EQ(Renamed("CREATE TABLE main . /* x */ t (a)", "u"), "CREATE TABLE \"u\" (a)");
}

TEST(WithName, RefusesANameThatNoTextCanHold) {
  const CreateTable table = Parsed("CREATE TABLE t (a)");
  EXPECT_THAT(WithName(table, absl::string_view("a\0b", 3)),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(WithTableConstraint, StandsBehindAllOthers) {
  EXPECT_EQ(Constrained("CREATE TABLE t (a INT)"),
            "CREATE TABLE t (a INT, CONSTRAINT c CHECK (a > 0))");
  EXPECT_EQ(Constrained("CREATE TABLE t (a INT, UNIQUE (a)) STRICT"),
            "CREATE TABLE t (a INT, UNIQUE (a), CONSTRAINT c CHECK (a > 0)) STRICT");
}

TEST(WithTableConstraint, IsLaidOutAsTheEntryBeforeIt) {
  EXPECT_EQ(Constrained("CREATE TABLE t (\n  a INT,\n  b INT\n)"),
            "CREATE TABLE t (\n  a INT,\n  b INT,\n  CONSTRAINT c CHECK (a > 0)\n)");
  EXPECT_EQ(Constrained("CREATE TABLE t (\r\n\ta INT\r\n)"),
            "CREATE TABLE t (\r\n\ta INT,\r\n\tCONSTRAINT c CHECK (a > 0)\r\n)");
  EXPECT_EQ(Constrained("CREATE TABLE t (a INT,\n                b INT)"),
            "CREATE TABLE t (a INT,\n                b INT,\n                CONSTRAINT c CHECK (a "
            "> 0))");
  EXPECT_EQ(Constrained("CREATE TABLE t (\n  a INT,\n\n  /* of b */ b INT)"),
            "CREATE TABLE t (\n  a INT,\n\n  /* of b */ b INT,\n  CONSTRAINT c CHECK (a > 0))");
}

TEST(WithTableConstraint, CommentsStayWithWhatStandsBeforeThem) {
  EXPECT_EQ(
      Constrained("CREATE TABLE t (\n  a INT, -- of a\n  b INT  -- of b\n)"),
      "CREATE TABLE t (\n  a INT, -- of a\n  b INT,  -- of b\n  CONSTRAINT c CHECK (a > 0)\n)");
  EXPECT_EQ(Constrained("CREATE TABLE t (a INT /* of a */ )"),
            "CREATE TABLE t (a INT, /* of a */ CONSTRAINT c CHECK (a > 0) )");
  EXPECT_EQ(Constrained("CREATE TABLE t (a INT -- of a\n)"),
            "CREATE TABLE t (a INT, -- of a\nCONSTRAINT c CHECK (a > 0)\n)");
}

TEST(WithTableConstraint, RefusesWhatIsNotOneConstraint) {
  const CreateTable table = Parsed("CREATE TABLE t (a INT)");
  for (const std::string sql :
       {"", "b INT", "CHECK (1), CHECK (2)", "CHECK (1) CHECK (2)", "CHECK (1) -- x", " CHECK (1)",
        "CHECK (1) ", "CHECK (1", "CHECK (1))", "CHECK (1)) STRICT --", "CONSTRAINT c",
        "CHECK (1);", "/* x */ CHECK (1)", "CHECK (1), CONSTRAINT c", "NOT NULL"}) {
    EXPECT_THAT(ErrorOf(WithTableConstraint(table, sql)), HasSubstr("not one constraint")) << sql;
  }
}

TEST(WithoutConstraint, TakesTheCommaOfAnEntryWithIt) {
  EXPECT_EQ(Freed("CREATE TABLE t (a, CONSTRAINT c CHECK (a), UNIQUE (a))"),
            "CREATE TABLE t (a, UNIQUE (a))");
  EXPECT_EQ(Freed("CREATE TABLE t (a, UNIQUE (a), CONSTRAINT c CHECK (a))"),
            "CREATE TABLE t (a, UNIQUE (a))");
  EXPECT_EQ(Freed("CREATE TABLE t (\n  a, -- of a\n  CONSTRAINT c CHECK (a) -- of c\n)"),
            "CREATE TABLE t (\n  a -- of a\n   -- of c\n)");
  EXPECT_EQ(Freed("CREATE TABLE t (a\n, CONSTRAINT c CHECK (a) -- of c\n, UNIQUE (a))"),
            "CREATE TABLE t (a\n, -- of c\n UNIQUE (a))");
}

TEST(WithoutConstraint, LeavesTheCommaToANeighbourOfTheSameEntry) {
  EXPECT_EQ(Freed("CREATE TABLE t (a, CONSTRAINT c CHECK (a) UNIQUE (a))"),
            "CREATE TABLE t (a, UNIQUE (a))");
  EXPECT_EQ(Freed("CREATE TABLE t (a, UNIQUE (a)CONSTRAINT c CHECK (a),CHECK (1))"),
            "CREATE TABLE t (a, UNIQUE (a),CHECK (1))");
  EXPECT_EQ(Freed("CREATE TABLE t (a, CONSTRAINT x CONSTRAINT c CHECK (a) CONSTRAINT y)"),
            "CREATE TABLE t (a, CONSTRAINT y)");
}

TEST(WithoutConstraint, TakesAColumnsConstraintWithTheSpaceBeforeIt) {
  EXPECT_EQ(Freed("CREATE TABLE t (a INT CONSTRAINT c CHECK (a > 0) NOT NULL, b)"),
            "CREATE TABLE t (a INT NOT NULL, b)");
  EXPECT_EQ(Freed("CREATE TABLE t (a INT NOT NULL\n    CONSTRAINT c CHECK (a > 0)\n)"),
            "CREATE TABLE t (a INT NOT NULL\n)");
}

TEST(WithoutConstraint, KeepsTheSpaceThatEndsACommentOrPartsTwoWords) {
  EXPECT_EQ(Freed("CREATE TABLE t (a INT -- of a\n CONSTRAINT c CHECK (a) NOT NULL)"),
            "CREATE TABLE t (a INT -- of a\n  NOT NULL)");
  EXPECT_EQ(Freed("CREATE TABLE t (a INT CONSTRAINT c CHECK (a)NOT NULL)"),
            "CREATE TABLE t (a INT NOT NULL)");
  EXPECT_EQ(Freed("CREATE TABLE t (a INT, -- of a\n CONSTRAINT c CHECK (a))"),
            "CREATE TABLE t (a INT -- of a\n )");
}

TEST(WithoutConstraint, RefusesOneOfAnotherText) {
  const CreateTable table = Parsed("CREATE TABLE t (a CHECK (a))");
  const CreateTable other = Parsed("CREATE TABLE t (a CHECK (a))");
  EXPECT_THAT(ErrorOf(WithoutConstraint(table, *other.Checks()[0])), HasSubstr("another text"));
}

TEST(WithoutConstraint, RefusesAKeyWhoseDeferrableStandsApart) {
  const CreateTable table = Parsed("CREATE TABLE t (a REFERENCES p NOT NULL DEFERRABLE)");

  EXPECT_THAT(ErrorOf(WithoutConstraint(table, *table.ForeignKeys()[0])),
              HasSubstr("`DEFERRABLE` stands apart"));
  EXPECT_EQ(TextOf(WithoutNotNull(table, "a")), "CREATE TABLE t (a REFERENCES p DEFERRABLE)");
}

std::string Acting(const std::string& definition, FkAction on_delete, FkAction on_update) {
  const CreateTable table = Parsed(absl::StrCat("CREATE TABLE t (", definition, ")"));
  const std::string sql =
      TextOf(WithForeignKeyActions(table, *table.ForeignKeys()[0], on_delete, on_update));
  return sql.substr(16, sql.size() - 17);
}

TEST(WithForeignKeyActions, ReplacesOnlyTheWordsOfTheAction) {
  EXPECT_EQ(Acting("a REFERENCES p on delete /* x */ cascade ON UPDATE SET NULL",
                   FkAction::kRestrict, FkAction::kSetDefault),
            "a REFERENCES p on delete /* x */ RESTRICT ON UPDATE SET DEFAULT");
  EXPECT_EQ(Acting("a REFERENCES p ON DELETE CASCADE", FkAction::kNoAction, FkAction::kNone),
            "a REFERENCES p ON DELETE NO ACTION");
}

TEST(WithForeignKeyActions, LeavesAloneWhatIsSoAlready) {
  const std::string definition = "a REFERENCES p on  delete  set  null ON UPDATE cascade";
  EXPECT_EQ(Acting(definition, FkAction::kSetNull, FkAction::kCascade), definition);
}

TEST(WithForeignKeyActions, AddsTheClauseBehindTheParent) {
  EXPECT_EQ(Acting("a REFERENCES p", FkAction::kCascade, FkAction::kNone),
            "a REFERENCES p ON DELETE CASCADE");
  EXPECT_EQ(Acting("a, FOREIGN KEY (a) REFERENCES p (id)DEFERRABLE", FkAction::kCascade,
                   FkAction::kRestrict),
            "a, FOREIGN KEY (a) REFERENCES p (id) ON DELETE CASCADE  ON UPDATE RESTRICT "
            "DEFERRABLE");
  EXPECT_EQ(Acting("a REFERENCES p -- x\n ON UPDATE CASCADE NOT NULL", FkAction::kSetNull,
                   FkAction::kCascade),
            "a REFERENCES p ON DELETE SET NULL -- x\n ON UPDATE CASCADE NOT NULL");
}

TEST(WithForeignKeyActions, LeavesOutEveryClauseOfTheEvent) {
  EXPECT_EQ(Acting("a REFERENCES p ON DELETE CASCADE MATCH FULL ON DELETE SET NULL NOT NULL",
                   FkAction::kNone, FkAction::kNone),
            "a REFERENCES p MATCH FULL NOT NULL");
  EXPECT_EQ(Acting("a REFERENCES p(id) ON DELETE CASCADE", FkAction::kNone, FkAction::kCascade),
            "a REFERENCES p(id) ON UPDATE CASCADE");
}

TEST(WithForeignKeyActions, RefusesOtherConstraints) {
  const CreateTable table = Parsed("CREATE TABLE t (a CHECK (a))");
  EXPECT_THAT(ErrorOf(WithForeignKeyActions(table, *table.Checks()[0], FkAction::kCascade,
                                            FkAction::kNone)),
              HasSubstr("no foreign key"));
}

TEST(WithColumn, StandsBehindTheColumnsAndBeforeTheConstraints) {
  EXPECT_EQ(Widened("CREATE TABLE t (a)"), "CREATE TABLE t (a, n TEXT)");
  EXPECT_EQ(Widened("CREATE TABLE t (a, UNIQUE (a))"), "CREATE TABLE t (a, n TEXT, UNIQUE (a))");
  EXPECT_EQ(Widened("CREATE TABLE t (a,UNIQUE (a))"), "CREATE TABLE t (a, n TEXT,UNIQUE (a))");
  EXPECT_EQ(Widened("CREATE TABLE t (\n  a INT, -- of a\n  -- keys\n  UNIQUE (a)\n)"),
            "CREATE TABLE t (\n  a INT, -- of a\n  n TEXT,\n  -- keys\n  UNIQUE (a)\n)");
  EXPECT_EQ(Widened("CREATE TABLE t (\n  a INT -- of a\n)"),
            "CREATE TABLE t (\n  a INT, -- of a\n  n TEXT\n)");
  EXPECT_EQ(Widened("CREATE TABLE t (a CONSTRAINT x, CONSTRAINT y)"),
            "CREATE TABLE t (a CONSTRAINT x, n TEXT, CONSTRAINT y)");
}

TEST(WithColumn, RefusesWhatIsNotOneColumn) {
  const CreateTable table = Parsed("CREATE TABLE t (a INT)");
  for (const std::string sql : {"", "b INT, c INT", "b INT -- x", " b", "b INT)", "b) STRICT --",
                                "UNIQUE (a)", "b, UNIQUE (b)", "select INT", "b INT;"}) {
    EXPECT_THAT(ErrorOf(WithColumn(table, sql)), HasSubstr("not one column")) << sql;
  }
  EXPECT_THAT(ErrorOf(WithColumn(table, "b DEFERRABLE")), HasSubstr("stands apart"));
}

TEST(WithoutColumn, TakesItsCommaWithIt) {
  EXPECT_EQ(Narrowed("CREATE TABLE t (n INT, a INT)"), "CREATE TABLE t (a INT)");
  EXPECT_EQ(Narrowed("CREATE TABLE t (a, n INT UNIQUE, b)"), "CREATE TABLE t (a, b)");
  EXPECT_EQ(Narrowed("CREATE TABLE t (a, n)"), "CREATE TABLE t (a)");
  EXPECT_EQ(Narrowed("CREATE TABLE t (\n  a INT,\n  n INT,\n  b INT\n)"),
            "CREATE TABLE t (\n  a INT,\n  b INT\n)");
  EXPECT_EQ(Narrowed("CREATE TABLE t (\n  n INT,\n  b INT\n)"), "CREATE TABLE t (\n  b INT\n)");
  EXPECT_EQ(Narrowed("CREATE TABLE t (a, \"N\" CHECK (n > a), UNIQUE (a))"),
            "CREATE TABLE t (a, UNIQUE (a))");
}

TEST(WithoutColumn, RefusesTheOnlyOneAndOneThatIsNotThere) {
  EXPECT_THAT(ErrorOf(WithoutColumn(Parsed("CREATE TABLE t (n, UNIQUE (n))"), "n")),
              HasSubstr("only column"));
  EXPECT_THAT(ErrorOf(WithoutColumn(Parsed("CREATE TABLE t (a, b)"), "n")),
              HasSubstr("no column n"));
}

TEST(WithoutColumn, RefusesWhatSomethingElseNeedsAndSaysWhat) {
  for (const std::string needed :
       {"CHECK (a > \"N\")", "UNIQUE (a, n)", "PRIMARY KEY (N)", "FOREIGN KEY (n) REFERENCES p",
        "CONSTRAINT k FOREIGN KEY (a) REFERENCES T (n)"}) {
    const CreateTable table = Parsed(absl::StrCat("CREATE TABLE t (a, n, ", needed, ")"));
    EXPECT_THAT(ErrorOf(WithoutColumn(table, "n")), HasSubstr(absl::StrCat("`", needed, "`")));
  }
  EXPECT_THAT(ErrorOf(WithoutColumn(Parsed("CREATE TABLE t (n, b AS (abs([n])))"), "n")),
              HasSubstr("`AS (abs([n]))`"));
  EXPECT_THAT(ErrorOf(WithoutColumn(Parsed("CREATE TABLE t (n INT PRIMARY KEY, b)"), "n")),
              HasSubstr("`PRIMARY KEY`"));
  EXPECT_THAT(ErrorOf(WithoutColumn(Parsed("CREATE TABLE t (a REFERENCES t (n), n)"), "n")),
              HasSubstr("`REFERENCES t (n)`"));
}

TEST(WithoutColumn, IsNotKeptByWhatOnlyLooksLikeIt) {
  EXPECT_EQ(Narrowed("CREATE TABLE t (a CHECK (n(a) <> 'n'), n, CONSTRAINT n UNIQUE (a))"),
            "CREATE TABLE t (a CHECK (n(a) <> 'n'), CONSTRAINT n UNIQUE (a))");
  EXPECT_EQ(Narrowed("CREATE TABLE t (a REFERENCES p (n), n)"),
            "CREATE TABLE t (a REFERENCES p (n))");
}

TEST(WithNotNull, StandsBehindTheType) {
  const CreateTable table = Parsed(
      "CREATE TABLE t (a, b INT(5)CHECK (b), c INT NOT NULL, d CONSTRAINT x, e AS (a) /* e */)");

  EXPECT_EQ(TextOf(WithNotNull(table, "A")),
            "CREATE TABLE t (a NOT NULL, b INT(5)CHECK (b), c INT NOT NULL, d CONSTRAINT x, e AS "
            "(a) /* e */)");
  EXPECT_THAT(TextOf(WithNotNull(table, "b")), HasSubstr("b INT(5) NOT NULL CHECK (b),"));
  EXPECT_EQ(TextOf(WithNotNull(table, "c")), table.sql());
  EXPECT_THAT(TextOf(WithNotNull(table, "d")), HasSubstr("d NOT NULL CONSTRAINT x,"));
  EXPECT_THAT(TextOf(WithNotNull(table, "e")), HasSubstr("e NOT NULL AS (a) /* e */)"));
  EXPECT_THAT(ErrorOf(WithNotNull(table, "f")), HasSubstr("no column f"));
}

TEST(WithoutNotNull, TakesEveryOneOfTheColumn) {
  const CreateTable table = Parsed(
      "CREATE TABLE t (a INT CONSTRAINT x NOT NULL ON CONFLICT FAIL NOT NULL NULL, b NOT NULL)");

  EXPECT_EQ(TextOf(WithoutNotNull(table, "a")), "CREATE TABLE t (a INT NULL, b NOT NULL)");
  const CreateTable without = Parsed("CREATE TABLE t (a INT)");
  EXPECT_EQ(TextOf(WithoutNotNull(without, "a")), without.sql());
  EXPECT_THAT(ErrorOf(WithoutNotNull(without, "b")), HasSubstr("no column b"));
}

TEST(WithExpression, ReplacesWhatStandsBetweenTheParentheses) {
  const CreateTable table =
      Parsed("CREATE TABLE t (a CHECK (/* x */ a > 0 -- y\n), b AS (a) STORED, UNIQUE (a))");

  EXPECT_THAT(TextOf(WithExpression(table, *table.Checks()[0], "a IN (1, 2)")),
              HasSubstr("a CHECK (/* x */ a IN (1, 2) -- y\n), b"));
  EXPECT_THAT(TextOf(WithExpression(table, table.columns()[1].constraints[0], "a + 1")),
              HasSubstr("b AS (a + 1) STORED"));
  const CreateTable tight = Parsed("CREATE TABLE t (a CHECK (a--y\n))");
  EXPECT_EQ(TextOf(WithExpression(tight, *tight.Checks()[0], "a > -")),
            "CREATE TABLE t (a CHECK (a > - --y\n))");
  EXPECT_THAT(ErrorOf(WithExpression(table, table.constraints()[0], "1")),
              HasSubstr("has no expression"));
  for (const std::string expression : {"", "1) CHECK (2", "1 -- x", "(1", "'", "1;", "/*"}) {
    EXPECT_THAT(WithExpression(table, *table.Checks()[0], expression),
                HasCode(absl::StatusCode::kInvalidArgument))
        << expression;
  }
}

}  // namespace
}  // namespace daybook::sqltext
