#include "daybook/importer/skipped_rows.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>

#include <gmock/gmock.h>

#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::cli::importer {
namespace {

using ::daybook::db::sqlite::ValueType;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;

SourceRow RowOf(int64_t id, Column column, Cell cell) {
  SourceRow row{.id = id, .cells = {}};
  row.cells[static_cast<size_t>(column)] = std::move(cell);
  return row;
}

SourceRow RowOf(int64_t id) {
  return RowOf(id, Column::kDetails, {.type = ValueType::kText, .bytes = "no json"});
}

TEST(LineOfTest, SaysWhatIsWrongAndHoldsTheWholeRow) {
  EXPECT_EQ(LineOf(RowOf(17), {{"details", "is \"bad\""}, {"action", "is required"}}),
            R"({"id":17,"problems":[{"column":"details","problem":"is \"bad\""},)"
            R"({"column":"action","problem":"is required"}],"row":{"id":17,"details":"no json"}})");
}

TEST(LineOfTest, KeepsEveryTypeOfValue) {
  const auto value = [](Cell cell) {
    const std::string line = LineOf(RowOf(1, Column::kUserId, std::move(cell)), {});
    const size_t begin = line.find("\"user_id\":") + 10;
    return line.substr(begin, line.size() - begin - 2);
  };

  EXPECT_EQ(value({.type = ValueType::kInteger, .integer = std::numeric_limits<int64_t>::min()}),
            "-9223372036854775808");
  EXPECT_EQ(value({.type = ValueType::kReal, .real = 0.1}), "0.10000000000000001");
  EXPECT_EQ(value({.type = ValueType::kReal, .real = std::numeric_limits<double>::infinity()}),
            "\"inf\"");
  EXPECT_EQ(value({.type = ValueType::kText, .bytes = std::string("a\0\"", 3)}),
            "\"a\\u0000\\\"\"");
  EXPECT_EQ(value({.type = ValueType::kText, .bytes = "\xff"}), "{\"base64\":\"/w==\"}");
  EXPECT_EQ(value({.type = ValueType::kBlob, .bytes = "abc"}), "{\"base64\":\"YWJj\"}");
}

class SkippedRowsTest : public ::testing::Test {
 protected:
  absl::Status Write(std::initializer_list<int64_t> rows) const {
    absl::StatusOr<SkippedRows> skipped = SkippedRows::Begin(path_);
    if (!skipped.ok()) return skipped.status();
    for (const int64_t row : rows) skipped->Add(RowOf(row), {{"details", "is bad"}});
    return skipped->Finish();
  }
  std::string Read() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static std::string Lines(std::initializer_list<int64_t> rows) {
    std::string lines;
    for (const int64_t row : rows) lines += LineOf(RowOf(row), {{"details", "is bad"}}) + "\n";
    return lines;
  }

  testing::TempFolder folder_;
  const std::string path_ = folder_.File("bad.jsonl");
};

TEST_F(SkippedRowsTest, WritesALineARow) {
  ASSERT_THAT(Write({1, 2}), IsOk());

  EXPECT_EQ(Read(), Lines({1, 2}));
}

TEST_F(SkippedRowsTest, KnowsItsRows) {
  auto skipped = SkippedRows::Begin(path_);
  ASSERT_THAT(skipped, IsOk());
  skipped->Add(RowOf(7), {});

  EXPECT_TRUE(skipped->Contains(7));
  EXPECT_FALSE(skipped->Contains(8));
}

TEST_F(SkippedRowsTest, NothingIsThereBeforeAllIs) {
  auto skipped = SkippedRows::Begin(path_);
  ASSERT_THAT(skipped, IsOk());
  skipped->Add(RowOf(7), {});

  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(SkippedRowsTest, GoesOnWhereAnEarlierRunEnded) {
  ASSERT_THAT(Write({1, 2}), IsOk());
  ASSERT_THAT(Write({1, 2, 3}), IsOk());

  EXPECT_EQ(Read(), Lines({1, 2, 3}));
}

TEST_F(SkippedRowsTest, NeverReplacesAnythingElse) {
  std::ofstream(path_) << "something dear";

  EXPECT_THAT(Write({1}), HasCode(absl::StatusCode::kFailedPrecondition));

  EXPECT_EQ(Read(), "something dear");
  EXPECT_FALSE(std::filesystem::exists(path_ + ".new"));
}

TEST_F(SkippedRowsTest, NeverLosesARowThatWasSetAside) {
  ASSERT_THAT(Write({1, 2}), IsOk());

  EXPECT_THAT(Write({1}), HasCode(absl::StatusCode::kFailedPrecondition));

  EXPECT_EQ(Read(), Lines({1, 2}));
}

TEST_F(SkippedRowsTest, WantsAPlainFileInAFolderThatIsThere) {
  EXPECT_THAT(SkippedRows::Begin("/dev/null"), HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(SkippedRows::Begin(folder_.path()), HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(SkippedRows::Begin(folder_.File("none/bad")),
              HasCode(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace daybook::cli::importer
