#include "daybook/csv.h"

#include <gtest/gtest.h>

#include "absl/strings/str_split.h"

#include "daybook/event_csv.h"

namespace daybook::cli {
namespace {

std::string CsvText(const std::string& text) {
  std::string line = CsvLine({{.value = text, .is_text = true}});
  line.resize(line.size() - 2);
  return line;
}

TEST(CsvLine, EndsAsTheStandardHasIt) {
  EXPECT_EQ(CsvLine({{.value = "a"}, {}, {.value = "b"}}), "a,,b\r\n");
}

TEST(CsvLine, QuotesWhatWouldEndAValue) {
  EXPECT_EQ(CsvText("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvText("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(CsvText("two\r\nlines"), "\"two\r\nlines\"");
  EXPECT_EQ(CsvText("a;b"), "\"a;b\"");
  EXPECT_EQ(CsvText("홍길동"), "홍길동");
}

TEST(CsvLine, LetsNoTextBeginAFormula) {
  for (const std::string text : {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"}) {
    EXPECT_EQ(CsvText(text), "\"'" + text + "\"");
  }
}

TEST(CsvLine, CanBeReadBackExactly) {
  EXPECT_EQ(CsvText("'=1"), "\"''=1\"");
  EXPECT_EQ(CsvText("''"), "\"'''\"");
}

TEST(CsvLine, LeavesNumbersNumbers) { EXPECT_EQ(CsvLine({{.value = "-7"}}), "-7\r\n"); }

TEST(EventCsv, HasAValueForEveryFieldOfTheContract) {
  audit::v1::Event event;
  event.set_seq(0);
  event.set_action("login_failed");
  event.set_outcome(audit::v1::OUTCOME_FAILURE);
  event.set_user_id(-7);
  event.set_user_agent("=cmd");
  event.set_leaf_hash("\x01\xff");
  event.mutable_created_at()->set_seconds(1'800'000'000);

  const std::vector<std::string> names = absl::StrSplit(EventCsvHeader(), ',');
  const std::vector<std::string> values = absl::StrSplit(EventCsvLine(event), ',');

  EXPECT_EQ(names.size(), static_cast<size_t>(audit::v1::Event::descriptor()->field_count()));
  ASSERT_EQ(values.size(), names.size());
  EXPECT_EQ(names.front(), "seq");
  EXPECT_EQ(values.front(), "0");
  EXPECT_EQ(EventCsvLine(event).substr(0, 30), "0,2027-01-15T08:00:00.000000Z,");
  EXPECT_NE(EventCsvLine(event).find(",FAILURE,"), std::string::npos);
  EXPECT_NE(EventCsvLine(event).find(",-7,"), std::string::npos);
  EXPECT_NE(EventCsvLine(event).find(",\"'=cmd\","), std::string::npos);
  EXPECT_NE(EventCsvLine(event).find(",01ff"), std::string::npos);
}

}  // namespace
}  // namespace daybook::cli
