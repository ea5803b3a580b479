#include "migrator/migration/sql_piece.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace daybook::migration {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The tokens of `sql`, as text.
std::vector<std::string> TokensIn(const std::string& sql) {
  const Place place;
  const SqlPiece piece(place, SqlUse::kStatements, sql);
  std::vector<std::string> tokens;
  for (size_t i = 0; i < piece.size(); ++i) tokens.emplace_back(piece.TextAt(i));
  return tokens;
}

// The statements in `sql`, their tokens joined by spaces.
std::vector<std::string> StatementsIn(const std::string& sql) {
  const Place place;
  const SqlPiece piece(place, SqlUse::kStatements, sql);
  std::vector<std::string> statements;
  for (const Statement& statement : StatementsOf(piece)) {
    std::string text;
    for (size_t i = statement.begin; i < statement.end; ++i) {
      absl::StrAppend(&text, text.empty() ? "" : " ", piece.TextAt(i));
    }
    statements.push_back(text);
  }
  return statements;
}

TEST(SqlPiece, HasNoSpacesAndComments) {
  EXPECT_THAT(TokensIn("SELECT/**/ 1 -- one\n + 'a;b'"), ElementsAre("SELECT", "1", "+", "'a;b'"));
}

TEST(SqlPiece, TakesTextBetweenDollarSignsWhole) {
  EXPECT_THAT(TokensIn("a $$b 'c$$ d"), ElementsAre("a", "$$b 'c$$", "d"));
  EXPECT_THAT(TokensIn("$x$BEGIN $$ ; END$x$;"), ElementsAre("$x$BEGIN $$ ; END$x$", ";"));
  EXPECT_THAT(TokensIn("$$'$$ $$'$$"), ElementsAre("$$'$$", "$$'$$"));
}

TEST(SqlPiece, LeavesOtherDollarSignsAlone) {
  EXPECT_THAT(TokensIn("a = $1 AND b = $2"), ElementsAre("a", "=", "$1", "AND", "b", "=", "$2"));
  EXPECT_THAT(TokensIn("'$$' a '$$'"), ElementsAre("'$$'", "a", "'$$'"));
  EXPECT_THAT(TokensIn("a /* $$ */ b /* $$ */"), ElementsAre("a", "b"));
}

TEST(SqlPiece, IsCutIntoStatements) {
  EXPECT_THAT(StatementsIn(""), IsEmpty());
  EXPECT_THAT(StatementsIn(" ; ;"), IsEmpty());
  EXPECT_THAT(StatementsIn("SELECT 1; SELECT ';'"), ElementsAre("SELECT 1", "SELECT ';'"));
}

TEST(SqlPiece, KeepsATriggerTogether) {
  EXPECT_THAT(StatementsIn("CREATE TRIGGER g AFTER INSERT ON t BEGIN "
                           "UPDATE t SET a = CASE WHEN 1 THEN 2 END; DELETE FROM u; END; SELECT 1"),
              ElementsAre("CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET a = CASE WHEN 1 "
                          "THEN 2 END ; DELETE FROM u ; END",
                          "SELECT 1"));
}

}  // namespace
}  // namespace daybook::migration
