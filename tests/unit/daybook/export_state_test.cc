#include "daybook/export_state.h"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

ExportState HalfExported() {
  return {.asked = {.filter = "actor = \"a\nb \\ 홍\"", .format = "csv", .as_of_size = 7},
          .filter = "seq < 5",
          .as_of_size = 7,
          .bytes = 1234,
          .events = 3,
          .last_seq = 0,
          .sent_filter = "",
          .sent_as_of_size = 7,
          .page_token = "A_-=="};
}

TEST(ExportState, IsReadAsItWasWritten) {
  const ExportState state = HalfExported();

  const auto read = ParseExportState(ToText(state));

  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->asked, state.asked);
  EXPECT_EQ(read->last_seq, state.last_seq);
  EXPECT_EQ(read->bytes, 1234U);
  EXPECT_FALSE(read->is_whole);
  EXPECT_EQ(ToText(*read), ToText(state));
}

TEST(ExportState, KnowsThatNoEventWasWritten) {
  ExportState state = HalfExported();
  state.last_seq.reset();

  EXPECT_EQ(ParseExportState(ToText(state))->last_seq, std::nullopt);
}

TEST(ExportState, IsNotReadFromPartOfIt) {
  const std::string text = ToText(HalfExported());

  for (size_t lines = text.find('\n'); lines + 1 < text.size();
       lines = text.find('\n', lines + 1)) {
    EXPECT_FALSE(ParseExportState(text.substr(0, lines)).ok()) << text.substr(0, lines);
  }
  EXPECT_FALSE(ParseExportState("").ok());
  EXPECT_FALSE(ParseExportState("something else\n").ok());
}

}  // namespace
}  // namespace daybook::cli
