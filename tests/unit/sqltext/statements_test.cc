#include "migrator/sqltext/statements.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "support/status_matchers.h"

namespace daybook::sqltext {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Split(const std::string& sql) {
  const auto statements = SplitStatements(sql);
  EXPECT_THAT(statements, IsOk());
  if (!statements.ok()) return {};
  return {statements->begin(), statements->end()};
}

std::string SplitError(const std::string& sql) {
  const auto statements = SplitStatements(sql);
  EXPECT_THAT(statements, HasCode(absl::StatusCode::kInvalidArgument)) << sql;
  return std::string(statements.status().message());
}

TEST(SplitStatements, CutsAtSemicolons) {
  EXPECT_THAT(Split("SELECT 1; SELECT 2"), ElementsAre("SELECT 1", "SELECT 2"));
  EXPECT_THAT(Split("\n BEGIN ;\nEND\n;\n"), ElementsAre("BEGIN", "END"));
}

TEST(SplitStatements, KeepsSemicolonsInsideQuotesAndComments) {
  EXPECT_THAT(Split("SELECT ';', \";\", [;], `;` /* ; */ -- ;\n, 1; SELECT 2"),
              ElementsAre("SELECT ';', \";\", [;], `;` /* ; */ -- ;\n, 1", "SELECT 2"));
}

TEST(SplitStatements, CommentsBelongToTheStatementBehindThem) {
  EXPECT_THAT(Split("-- one\nSELECT 1; -- two\n/* 2 */ SELECT 2 -- end\n; -- nothing"),
              ElementsAre("-- one\nSELECT 1", "-- two\n/* 2 */ SELECT 2"));
}

TEST(SplitStatements, DropsWhatIsEmpty) {
  EXPECT_THAT(Split(""), IsEmpty());
  EXPECT_THAT(Split(" ;; -- a\n; /* b */"), IsEmpty());
  EXPECT_THAT(Split(";SELECT 1;;"), ElementsAre("SELECT 1"));
}

TEST(SplitStatements, ATriggerGoesToItsEnd) {
  const std::string trigger =
      "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n"
      "  UPDATE a SET x = CASE WHEN y THEN 1 ELSE 2 END;\n"
      "  SELECT CASE x WHEN 1 THEN 2 END; -- the end;\n"
      "  DELETE FROM b WHERE \"end\" = 1;\n"
      "END";
  EXPECT_THAT(Split(trigger + ";SELECT 1"), ElementsAre(trigger, "SELECT 1"));
  EXPECT_THAT(Split(trigger), ElementsAre(trigger));
}

TEST(SplitStatements, TriggersMayBeTemporaryExplainedAndInAnyCase) {
  for (const std::string head : {"create temp trigger", "CREATE TEMPORARY /* x */ TRIGGER",
                                 "EXPLAIN CREATE TRIGGER", "explain query plan create trigger"}) {
    const std::string trigger = head + " t DELETE ON a BEGIN SELECT 1; SELECT 2; end";
    EXPECT_THAT(Split(trigger + " ; SELECT 3"), ElementsAre(trigger, "SELECT 3"));
  }
}

TEST(SplitStatements, OnlyCreateTriggerIsATrigger) {
  EXPECT_THAT(Split("CREATE TABLE trigger (a); END"),
              ElementsAre("CREATE TABLE trigger (a)", "END"));
  EXPECT_THAT(Split("DROP TRIGGER t; SELECT 1"), ElementsAre("DROP TRIGGER t", "SELECT 1"));
  EXPECT_THAT(Split("CREATE VIEW v AS SELECT 1; SELECT 2"),
              ElementsAre("CREATE VIEW v AS SELECT 1", "SELECT 2"));
}

TEST(SplitStatements, SaysInWhichLineSomethingDoesNotEnd) {
  EXPECT_THAT(SplitError("SELECT 1;\nSELECT 'a\n;"), HasSubstr("line 2: this string"));
  EXPECT_THAT(SplitError("\n\nSELECT \"a"), HasSubstr("line 3: this quoted name"));
  EXPECT_THAT(SplitError("SELECT [a"), HasSubstr("line 1: this quoted name"));
  EXPECT_THAT(SplitError("SELECT `a"), HasSubstr("line 1: this quoted name"));
  EXPECT_THAT(SplitError("SELECT 1\n/* a"), HasSubstr("line 2: this comment"));
  EXPECT_THAT(SplitError("SELECT x'00"), HasSubstr("line 1: this blob"));
  EXPECT_THAT(SplitError("SELECT 1;\n-- a\nCREATE TRIGGER t DELETE ON a BEGIN SELECT 1;"),
              HasSubstr("line 3: this trigger"));
  EXPECT_THAT(SplitError("CREATE TRIGGER t DELETE ON a BEGIN SELECT 1 END;"),
              HasSubstr("line 1: this trigger"));
}

TEST(SplitStatements, RefusesANulBehindWhichSqliteWouldNotRead) {
  EXPECT_THAT(SplitError(std::string("SELECT 1;\nSELECT 2\0;DROP TABLE a", 32)),
              HasSubstr("line 2: a NUL"));
}

TEST(SplitStatements, LeavesOtherMistakesToSqlite) {
  EXPECT_THAT(Split("SELECT 12ab ! x'0'; SELECT 2"), ElementsAre("SELECT 12ab ! x'0'", "SELECT 2"));
}

TEST(LineOf, CountsFromOne) {
  EXPECT_EQ(LineOf("a\nb\n", 0), 1U);
  EXPECT_EQ(LineOf("a\nb\n", 1), 1U);
  EXPECT_EQ(LineOf("a\nb\n", 2), 2U);
  EXPECT_EQ(LineOf("a\nb\n", 4), 3U);
  EXPECT_EQ(LineOf("a\nb\n", 400), 3U);
}

}  // namespace
}  // namespace daybook::sqltext
