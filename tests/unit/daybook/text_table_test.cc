#include "daybook/text_table.h"

#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "daybook/terminal_text.h"

namespace daybook::cli {
namespace {

const std::vector<Column>& NameAndCount() {
  static const auto* const columns =
      new std::vector<Column>{{.name = "NAME", .least = 4}, {.name = "COUNT", .is_number = true}};
  return *columns;
}

std::string Shown(const std::vector<Column>& columns, const Look& look,
                  const std::vector<std::vector<Cell>>& rows) {
  std::ostringstream out;
  TextTable table(columns, look, out);
  for (const auto& row : rows) table.Add(row);
  table.Flush();
  return out.str();
}

TEST(TextTable, AlignsTextOfAnyWidth) {
  const std::string shown = Shown(NameAndCount(), {},
                                  {{{.text = "홍길동"}, {.text = "7"}},
                                   {{.text = "a"}, {.text = "123456"}},
                                   {{.text = "👨‍👩‍👧‍👦"}, {.text = "12"}}});

  EXPECT_EQ(shown,
            "NAME     COUNT\n"
            "홍길동       7\n"
            "a       123456\n"
            "👨‍👩‍👧‍👦          12\n");
}

TEST(TextTable, CutsNothingWithoutATerminal) {
  const std::string wide(200, 'x');

  EXPECT_NE(Shown(NameAndCount(), {}, {{{.text = wide}, {.text = "1"}}}).find(wide),
            std::string::npos);
}

TEST(TextTable, CutsWhatMayBeCutToTheColumnsOfTheTerminal) {
  const std::string shown = Shown(
      NameAndCount(), {.columns = 20},
      {{{.text = "홍길동홍길동홍길동"}, {.text = "1"}}, {{.text = "plain"}, {.text = "1234567"}}});

  for (const auto& line : absl::StrSplit(shown, '\n')) {
    EXPECT_LE(DisplayWidth(std::string(line)), 20U) << line;
  }
  EXPECT_NE(shown.find("…"), std::string::npos);
  EXPECT_NE(shown.find("1234567"), std::string::npos);
}

TEST(TextTable, TakesTheBriefTextWhereThereIsLittleRoom) {
  const std::vector<std::vector<Cell>> rows = {
      {{.text = "1234567890", .brief = "123"}, {.text = "1"}}};

  EXPECT_NE(Shown(NameAndCount(), {.columns = 17}, rows).find("1234567890"), std::string::npos);
  EXPECT_NE(Shown(NameAndCount(), {.columns = 16}, rows).find("123   "), std::string::npos);
}

TEST(TextTable, LeavesOutWhatGivesWayWhereCuttingDoesNotHelp) {
  const std::vector<Column> columns = {{.name = "NAME", .least = 4},
                                       {.name = "FIRST", .gives_way = 2},
                                       {.name = "LAST", .gives_way = 1},
                                       {.name = "COUNT", .is_number = true}};
  const std::vector<std::vector<Cell>> rows = {
      {{.text = "somebody"}, {.text = "12:00"}, {.text = "13:00"}, {.text = "7"}}};

  EXPECT_EQ(Shown(columns, {.columns = 30}, rows),
            "NAME      FIRST  LAST   COUNT\n"
            "somebody  12:00  13:00      7\n");
  EXPECT_EQ(Shown(columns, {.columns = 25}, rows),
            "NAME  FIRST  LAST   COUNT\n"
            "som…  12:00  13:00      7\n");
  EXPECT_EQ(Shown(columns, {.columns = 24}, rows),
            "NAME      FIRST  COUNT\n"
            "somebody  12:00      7\n");
  EXPECT_EQ(Shown(columns, {.columns = 16}, rows),
            "NAME      COUNT\n"
            "somebody      7\n");
  EXPECT_EQ(Shown(columns, {.columns = 5}, rows),
            "NAME  COUNT\n"
            "som…      7\n");
}

TEST(TextTable, KeepsTheColumnsOfItsHeader) {
  const std::vector<Column> columns = {{.name = "A"}, {.name = "B", .gives_way = 1}};
  std::vector<std::vector<Cell>> rows(1'000, {{.text = "a"}, {.text = "b"}});
  rows.push_back({{.text = "much too long"}, {.text = "b"}});

  const std::string shown = Shown(columns, {.columns = 10}, rows);

  EXPECT_EQ(shown.substr(0, 10), "A  B\na  b\n");
  EXPECT_EQ(shown.substr(shown.size() - 17), "much too long  b\n");
}

TEST(TextTable, ColorsOnlyWhenAskedTo) {
  const std::vector<std::vector<Cell>> rows = {
      {{.text = "a", .emphasis = Emphasis::kBad}, {.text = "1"}}};

  EXPECT_EQ(Shown(NameAndCount(), {}, rows).find('\x1b'), std::string::npos);
  EXPECT_NE(Shown(NameAndCount(), {.has_color = true}, rows).find("\x1b[1;31ma\x1b[0m"),
            std::string::npos);
}

TEST(TextTable, MakesCellsFitForATerminal) {
  const std::string shown =
      Shown(NameAndCount(), {.has_color = true}, {{{.text = "\x1b[2J"}, {.text = "\n"}}});

  EXPECT_EQ(shown.find("\x1b[2J"), std::string::npos);
  EXPECT_NE(shown.find("\\u001b[2J"), std::string::npos);
}

TEST(TextTable, HasItsHeaderOnceHoweverLongItIs) {
  std::vector<std::vector<Cell>> rows;
  rows.reserve(2'500);
  for (int i = 0; i < 2'500; ++i) rows.push_back({{.text = "a"}, {.text = absl::StrCat(i)}});

  const std::string shown = Shown(NameAndCount(), {}, rows);

  EXPECT_EQ(std::count(shown.begin(), shown.end(), '\n'), 2'501);
  EXPECT_EQ(shown.rfind("NAME"), 0U);
}

TEST(HasColor, IsForTerminalsUnlessSaidOtherwise) {
  const Surroundings terminal{.is_terminal = true, .term = "xterm"};
  const Surroundings quiet{.is_terminal = true, .term = "xterm", .no_color = true};

  EXPECT_TRUE(HasColor("auto", terminal));
  EXPECT_FALSE(HasColor("auto", quiet));
  EXPECT_FALSE(HasColor("auto", {.is_terminal = true, .term = "dumb"}));
  EXPECT_FALSE(HasColor("auto", {.term = "xterm"}));
  EXPECT_TRUE(HasColor("always", quiet));
  EXPECT_FALSE(HasColor("never", terminal));
}

}  // namespace
}  // namespace daybook::cli
