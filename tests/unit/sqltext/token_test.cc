#include "migrator/sqltext/token.h"

#include <string>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

namespace daybook::sqltext {
namespace {

char Letter(TokenKind kind) {
  switch (kind) {
    case TokenKind::kSpace:
      return 's';
    case TokenKind::kComment:
      return 'c';
    case TokenKind::kWord:
      return 'w';
    case TokenKind::kQuotedName:
      return 'q';
    case TokenKind::kString:
      return 't';
    case TokenKind::kBlob:
      return 'b';
    case TokenKind::kNumber:
      return 'n';
    case TokenKind::kVariable:
      return 'v';
    case TokenKind::kPunctuation:
      return 'p';
    case TokenKind::kInvalid:
      return '!';
  }
  return '?';
}

// The tokens of `sql`, each in its own angle brackets behind its kind; plain
// blanks are left out.
std::string Cut(const std::string& sql) {
  std::string tokens;
  for (const Token& token : Tokenize(sql)) {
    const std::string text(TextOf(token, sql));
    if (text == " ") continue;
    absl::StrAppend(&tokens, std::string(1, Letter(token.kind)), "<", text, ">");
  }
  return tokens;
}

TEST(Tokenize, CoversEveryByteInOrder) {
  std::string sql;
  for (int round = 0; round < 3; ++round) {
    for (int byte = 255; byte >= 1; --byte) sql.push_back(static_cast<char>(byte));
  }

  size_t end = 0;
  for (const Token& token : Tokenize(sql)) {
    EXPECT_EQ(token.begin, end);
    EXPECT_GT(token.end, token.begin);
    end = token.end;
  }
  EXPECT_EQ(end, sql.size());
  EXPECT_TRUE(Tokenize("").empty());
}

TEST(Tokenize, WordsAreLettersDigitsUnderscoresDollarsAndAllBytesFrom0x80) {
  EXPECT_EQ(Cut("SELECT a1_$b"), "w<SELECT>w<a1_$b>");
  EXPECT_EQ(Cut("한글 é\xFF"), "w<한글>w<é\xFF>");
  EXPECT_EQ(Cut("_x x X"), "w<_x>w<x>w<X>");
  EXPECT_EQ(Cut("a.b"), "w<a>p<.>w<b>");
}

TEST(Tokenize, QuotedNamesAndStringsEndAtTheFirstQuoteThatIsNotDoubled) {
  EXPECT_EQ(Cut(R"("a""b"`c``d`[e]'f''g')"), R"(q<"a""b">q<`c``d`>q<[e]>t<'f''g'>)");
  EXPECT_EQ(Cut("[a]]"), "q<[a]>!<]>");
  EXPECT_EQ(Cut("'-- no comment'"), "t<'-- no comment'>");
  EXPECT_EQ(Cut("\"\"''"), "q<\"\">t<''>");
}

TEST(Tokenize, WhatDoesNotEndIsInvalidToTheEnd) {
  for (const std::string sql : {"'a b", "\"a b", "`a b", "[a b", "'a''", "x'00"}) {
    EXPECT_EQ(Cut(sql), "!<" + sql + ">");
  }
}

TEST(Tokenize, CommentsOfBothKinds) {
  EXPECT_EQ(Cut("a-- b\nc"), "w<a>c<-- b>s<\n>w<c>");
  EXPECT_EQ(Cut("--\r\n"), "c<--\r>s<\n>");
  EXPECT_EQ(Cut("/* a */b/**/c"), "c</* a */>w<b>c</**/>w<c>");
  EXPECT_EQ(Cut("/*/ a"), "c</*/ a>");
  EXPECT_EQ(Cut("/* a"), "c</* a>");
  EXPECT_EQ(Cut("/* -- */ a"), "c</* -- */>w<a>");
}

TEST(Tokenize, ACommentThatOpensAtTheVeryEndIsTwoOperators) {
  EXPECT_EQ(Cut("a/*"), "w<a>p</>p<*>");
}

TEST(Tokenize, Numbers) {
  EXPECT_EQ(Cut("0 12 1.5 .5 5. 1e5 1E-5 1.e+5"), "n<0>n<12>n<1.5>n<.5>n<5.>n<1e5>n<1E-5>n<1.e+5>");
  EXPECT_EQ(Cut("0x1F 0XaB"), "n<0x1F>n<0XaB>");
  EXPECT_EQ(Cut("0x1Fg"), "n<0x1F>w<g>");
  EXPECT_EQ(Cut("-1"), "p<->n<1>");
  EXPECT_EQ(Cut("1..2"), "n<1.>n<.2>");
}

TEST(Tokenize, ANumberThatRunsIntoAWordIsInvalid) {
  EXPECT_EQ(Cut("12ab 0xg 1e 1e+ 1_0"), "!<12ab>!<0xg>!<1e>!<1e>p<+>!<1_0>");
}

TEST(Tokenize, BlobsHaveAnEvenNumberOfHexDigits) {
  EXPECT_EQ(Cut("x'' X'00fF'"), "b<x''>b<X'00fF'>");
  EXPECT_EQ(Cut("x'0' x'0g'a"), "!<x'0'>!<x'0g'>w<a>");
  EXPECT_EQ(Cut("x 'a'"), "w<x>t<'a'>");
}

TEST(Tokenize, Variables) {
  EXPECT_EQ(Cut("? ?12 :a @b $c #d"), "v<?>v<?12>v<:a>v<@b>v<$c>v<#d>");
  EXPECT_EQ(Cut("$a::b(c) $a(b"), "v<$a::b(c)>!<$a(b>");
  EXPECT_EQ(Cut(": a"), "!<:>w<a>");
  EXPECT_EQ(Cut("?a"), "v<?>w<a>");
}

TEST(Tokenize, OperatorsAreAsLongAsTheyCanBe) {
  EXPECT_EQ(Cut("a->>b->c||d|e"), "w<a>p<->>>w<b>p<->>w<c>p<||>w<d>p<|>w<e>");
  EXPECT_EQ(Cut("<= <> << < >= >> > == = !="), "p<<=>p<<>>p<<<>p<<>p<>=>p<>>>p<>>p<==>p<=>p<!=>");
  EXPECT_EQ(Cut("()+-*/%&~,.;"), "p<(>p<)>p<+>p<->p<*>p</>p<%>p<&>p<~>p<,>p<.>p<;>");
  EXPECT_EQ(Cut("! ^ \\ { } ]"), "!<!>!<^>!<\\>!<{>!<}>!<]>");
}

TEST(Tokenize, SpaceIsWhatSqliteTakesForIt) {
  EXPECT_EQ(Cut(" \t\n\f\r\va"), "s< \t\n\f\r\v>w<a>");
  EXPECT_EQ(Cut("\va"), "!<\v>w<a>");
  EXPECT_EQ(Cut("\xEF\xBB\xBF\x61"), "s<\xEF\xBB\xBF>w<a>");
  EXPECT_EQ(Cut("a\xEF\xBB\xBF"), "w<a\xEF\xBB\xBF>");
}

TEST(Tokenize, EndsForSqliteAtTheFirstNul) {
  EXPECT_EQ(Cut(std::string("a'b\0'c", 6)), std::string("w<a>!<'b>!<\0'c>", 15));
  EXPECT_EQ(Cut(std::string("\0", 1)), std::string("!<\0>", 4));
}

TEST(Tokenize, TakesTimeInProportionToTheText) {
  constexpr size_t kSize = 400'000;
  for (const std::string piece : {"(", "a ", "''", "[", "/*", "--\n", "x'", "$a(", "1.", "\""}) {
    std::string sql;
    while (sql.size() < kSize) sql += piece;

    EXPECT_EQ(Tokenize(sql).back().end, sql.size());
  }
}

}  // namespace
}  // namespace daybook::sqltext
