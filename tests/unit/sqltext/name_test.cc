#include "migrator/sqltext/name.h"

#include <string>

#include <gmock/gmock.h>

namespace daybook::sqltext {
namespace {

TEST(Unquote, TakesEveryKindOfQuoteOff) {
  EXPECT_EQ(Unquote("plain"), "plain");
  EXPECT_EQ(Unquote(R"("a""b")"), R"(a"b)");
  EXPECT_EQ(Unquote("`a``b`"), "a`b");
  EXPECT_EQ(Unquote("[a b]"), "a b");
  EXPECT_EQ(Unquote("'it''s'"), "it's");
  EXPECT_EQ(Unquote(R"("")"), "");
  EXPECT_EQ(Unquote(""), "");
}

TEST(Unquote, ReadsToTheEndWhereTheQuoteIsMissing) {
  EXPECT_EQ(Unquote("\"ab"), "ab");
  EXPECT_EQ(Unquote("["), "");
}

TEST(QuoteName, IsReadBackAsTheSameName) {
  for (const std::string name : {"a", "", "two words", "a\"b", "]`'", "select", "한글", "\"\""}) {
    EXPECT_EQ(Unquote(QuoteName(name)), name);
  }
  EXPECT_EQ(QuoteName("a\"b"), R"("a""b")");
}

TEST(QuoteText, DoublesQuotes) {
  EXPECT_EQ(QuoteText("it's"), "'it''s'");
  EXPECT_EQ(QuoteText(""), "''");
}

TEST(SameName, OnlyAsciiLettersLoseTheirCase) {
  EXPECT_TRUE(SameName("Balance", "bALANCE"));
  EXPECT_FALSE(SameName("é", "É"));
  EXPECT_FALSE(SameName("a", "a "));
  EXPECT_EQ(FoldName("Straße_X"), "straße_x");
}

}  // namespace
}  // namespace daybook::sqltext
