#include "migrator/sqltext/names_in.h"

#include <gmock/gmock.h>

namespace daybook::sqltext {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(NamesIn, AreWordsAndQuotedNames) {
  EXPECT_THAT(NamesIn("balance >= 0"), ElementsAre("balance"));
  EXPECT_THAT(NamesIn(R"("a b" < [c] AND `d``e` <> f)"), ElementsAre("a b", "c", "d`e", "f"));
  EXPECT_THAT(NamesIn("-- x\na /* y */ + 'z' + x'00' + 1e5"), ElementsAre("a"));
}

TEST(NamesIn, EachStandsOnceAsItIsWrittenFirst) {
  EXPECT_THAT(NamesIn("Size > 0 AND size < 9 OR \"SIZE\" IS NULL"), ElementsAre("Size"));
}

TEST(NamesIn, FunctionsCollationsTypesAndTablesAreNone) {
  EXPECT_THAT(NamesIn("length(name) <= 50"), ElementsAre("name"));
  EXPECT_THAT(NamesIn("\"max\"(a, b) = coalesce(c, 0)"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(NamesIn("a COLLATE nocase = b COLLATE \"rtrim\""), ElementsAre("a", "b"));
  EXPECT_THAT(NamesIn("CAST(a AS VARCHAR(10)) + CAST(b AS my type)"), ElementsAre("a", "b"));
  EXPECT_THAT(NamesIn("t.a = main.t.b AND t.'c' = 'd'"), ElementsAre("a", "b", "c"));
}

TEST(NamesIn, KeywordsAreNone) {
  EXPECT_THAT(NamesIn("a NOT LIKE 'x' ESCAPE '\\' OR b GLOB '*' OR c NOT IN (1, 2)"),
              ElementsAre("a", "b", "c"));
  EXPECT_THAT(NamesIn("CASE a WHEN 1 THEN b ELSE c END IS NOT NULL"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(NamesIn("a NOT NULL AND b ISNULL AND NOT c NOTNULL AND EXISTS (VALUES (1))"),
              ElementsAre("a", "b", "c"));
  EXPECT_THAT(NamesIn("a BETWEEN 1 AND 2 AND a IS NOT DISTINCT FROM b"), ElementsAre("a", "b"));
  EXPECT_THAT(NamesIn("TRUE OR false OR current_timestamp > CURRENT_DATE OR NULL"), IsEmpty());
}

TEST(NamesIn, AKeywordIsANameWhereAValueBegins) {
  EXPECT_THAT(NamesIn("key > 0 AND like LIKE end AND CASE WHEN match THEN 1 END"),
              ElementsAre("key", "like", "end", "match"));
}

TEST(NamesIn, OfWhatIsNoExpressionAreSomeList) {
  EXPECT_THAT(NamesIn(""), IsEmpty());
  EXPECT_THAT(NamesIn("COLLATE"), IsEmpty());
  EXPECT_THAT(NamesIn("a AS"), ElementsAre("a"));
  EXPECT_THAT(NamesIn(") 'x"), IsEmpty());
}

}  // namespace
}  // namespace daybook::sqltext
