#include "daybook/terminal_text.h"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

constexpr char kFamily[] = "👨‍👩‍👧‍👦";

TEST(DisplayWidth, CountsHangulAndIdeographsTwice) {
  EXPECT_EQ(DisplayWidth("abc"), 3U);
  EXPECT_EQ(DisplayWidth("홍길동"), 6U);
  EXPECT_EQ(DisplayWidth("漢字"), 4U);
  EXPECT_EQ(DisplayWidth("ＡＢ"), 4U);
  EXPECT_EQ(DisplayWidth("ｱｲ"), 2U);
}

TEST(DisplayWidth, GivesMarksNoColumnOfTheirOwn) {
  EXPECT_EQ(DisplayWidth("e\u0301"), 1U);
  EXPECT_EQ(DisplayWidth("\u1112\u1169\u11bc"), 2U);  // 홍 of three parts
}

TEST(DisplayWidth, TakesAnEmojiMadeOfSeveralForOne) {
  EXPECT_EQ(DisplayWidth("😀"), 2U);
  EXPECT_EQ(DisplayWidth(kFamily), 2U);
  EXPECT_EQ(DisplayWidth("👍🏽"), 2U);
  EXPECT_EQ(DisplayWidth("🇰🇷"), 2U);
  EXPECT_EQ(DisplayWidth("❤️"), 2U);
}

TEST(Fit, CutsBetweenCharactersAndFillsUp) {
  EXPECT_EQ(Fit("abc", 5), "abc  ");
  EXPECT_EQ(Fit("abcdef", 4), "abc…");
  EXPECT_EQ(Fit("홍길동", 4), "홍… ");
  EXPECT_EQ(Fit("홍길동", 5), "홍길…");
  EXPECT_EQ(Fit(std::string("ab") + kFamily + "cd", 4), "ab… ");
  EXPECT_EQ(Fit("xe\u0301yz", 3), "xe\u0301…");
}

TEST(Fit, TakesExactlyTheColumnsItIsGiven) {
  for (const std::string text :
       {"홍길동 님", "a👍🏽b👍🏽c", "e\u0301e\u0301e\u0301e\u0301"}) {
    for (size_t columns = 1; columns < 12; ++columns) {
      EXPECT_EQ(DisplayWidth(Fit(text, columns)), columns) << text << " in " << columns;
    }
  }
}

TEST(ForTerminal, LetsNothingThroughThatDrivesATerminal) {
  EXPECT_EQ(ForTerminal("a\x1b[31mb\r\n"), "a\\u001b[31mb\\u000d\\u000a");
  EXPECT_EQ(ForTerminal("\u009b31m"), "\\u009b31m");
  // NOLINTNEXTLINE(misc-misleading-bidirectional): it must not get through
  EXPECT_EQ(ForTerminal("a\u202eb"), "a\\u202eb");
  EXPECT_EQ(ForTerminal("a\u200bb\ufeff"), "a\\u200bb\\ufeff");
  EXPECT_EQ(ForTerminal("\xff"), "\\ufffd");
}

TEST(ForTerminal, LeavesWhatPeopleWrite) {
  for (const std::string text : {"홍길동", kFamily, "e\u0301", "a b", "نص"}) {
    EXPECT_EQ(ForTerminal(text), text);
  }
}

}  // namespace
}  // namespace daybook::cli
