#include "daybook/csv.h"

#include <sstream>

#include <gtest/gtest.h>

#include "absl/strings/str_split.h"

#include "daybook/event_csv.h"

namespace daybook::cli {
namespace {

std::string Written(const std::string& text) {
  std::string line = CsvLine({{.value = text, .is_text = true}});
  line.resize(line.size() - 2);
  return line;
}

TEST(CsvLine, EndsAsTheStandardHasIt) {
  EXPECT_EQ(CsvLine({{.value = "a"}, {}, {.value = "b"}}), "a,,b\r\n");
}

TEST(CsvLine, QuotesWhatWouldEndAValue) {
  EXPECT_EQ(Written("a,b"), "\"a,b\"");
  EXPECT_EQ(Written("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(Written("two\r\nlines"), "\"two\r\nlines\"");
  EXPECT_EQ(Written("a;b"), "\"a;b\"");
  EXPECT_EQ(Written("홍길동"), "홍길동");
}

TEST(CsvLine, LetsNoTextBeginAFormula) {
  for (const std::string text : {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"}) {
    EXPECT_EQ(Written(text), "\"'" + text + "\"");
  }
}

TEST(CsvLine, CanBeReadBackExactly) {
  EXPECT_EQ(Written("'=1"), "\"''=1\"");
  EXPECT_EQ(Written("''"), "\"'''\"");
}

TEST(CsvLine, LeavesNumbersNumbers) { EXPECT_EQ(CsvLine({{.value = "-7"}}), "-7\r\n"); }

std::string WrittenTo(const Look& look, const std::vector<CsvValue>& values) {
  std::ostringstream out;
  WriteCsv(values, look, out);
  return out.str();
}

TEST(WriteCsv, LetsNothingThroughThatDrivesATerminal) {
  const Look terminal{.is_terminal = true};

  EXPECT_EQ(WrittenTo(terminal, {{.value = "\x1b[2J\r\n", .is_text = true}, {.value = "1"}}),
            "\\u001b[2J\\u000d\\u000a,1\r\n");
  EXPECT_EQ(WrittenTo(terminal, {{.value = "\t=1", .is_text = true}}), "\"'\\u0009=1\"\r\n");
  EXPECT_EQ(WrittenTo(terminal, {{.value = "a\x1b,\"홍\"", .is_text = true}}),
            "\"a\\u001b,\"\"홍\"\"\"\r\n");
}

TEST(WriteCsv, IsExactForFilesAndPrograms) {
  const std::vector<CsvValue> values = {{.value = "\x1b[2J\n\xff", .is_text = true},
                                        {.value = "-7"}};

  EXPECT_EQ(WrittenTo({}, values), "\"\x1b[2J\n\xff\",-7\r\n");
  EXPECT_EQ(WrittenTo({}, values), CsvLine(values));
}

TEST(EventCsv, HasAValueForEveryFieldOfTheContract) {
  audit::v1::Event event;
  event.set_seq(0);
  event.set_action("login_failed");
  event.set_outcome(audit::v1::OUTCOME_FAILURE);
  event.set_user_id(-7);
  event.set_user_agent("=cmd");
  event.set_leaf_hash("\x01\xff");
  event.mutable_created_at()->set_seconds(1'800'000'000);

  const std::vector<std::string> names = absl::StrSplit(CsvLine(EventCsvNames()), ',');
  const std::string line = CsvLine(EventCsvValues(event));
  const std::vector<std::string> values = absl::StrSplit(line, ',');

  EXPECT_EQ(names.size(), static_cast<size_t>(audit::v1::Event::descriptor()->field_count()));
  ASSERT_EQ(values.size(), names.size());
  EXPECT_EQ(names.front(), "seq");
  EXPECT_EQ(values.front(), "0");
  EXPECT_EQ(line.substr(0, 30), "0,2027-01-15T08:00:00.000000Z,");
  EXPECT_NE(line.find(",FAILURE,"), std::string::npos);
  EXPECT_NE(line.find(",-7,"), std::string::npos);
  EXPECT_NE(line.find(",\"'=cmd\","), std::string::npos);
  EXPECT_NE(line.find(",01ff"), std::string::npos);
}

}  // namespace
}  // namespace daybook::cli
