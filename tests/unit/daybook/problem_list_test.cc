#include "daybook/importer/problem_list.h"

#include <gmock/gmock.h>

namespace daybook::cli::importer {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

TEST(ProblemListTest, CountsByKindAndNamesTheFirstRows) {
  ProblemList problems;
  problems.Add(1, {});
  for (int64_t row = 10; row < 40; ++row) problems.Add(row, {{"details", "is bad"}});
  problems.Add(50, {{"details", "is bad"}, {"action", "is required"}});

  EXPECT_EQ(problems.rows(), 31);
  ASSERT_THAT(problems.kinds(), SizeIs(2));
  EXPECT_EQ(problems.kinds()[0].column, "details");
  EXPECT_EQ(problems.kinds()[0].rows, 31);
  EXPECT_THAT(problems.kinds()[0].first_ids, ElementsAre(10, 11, 12, 13, 14, 15, 16, 17, 18, 19));
  EXPECT_THAT(problems.kinds()[1].first_ids, ElementsAre(50));
}

TEST(ProblemListTest, TheSameMistakeAtAnotherPlaceIsTheSameKind) {
  ProblemList problems;
  problems.Add(1, {{"details", "must be one JSON object: a value is missing at byte 7"}});
  problems.Add(2, {{"details", "must be one JSON object: a value is missing at byte 9000"}});

  ASSERT_THAT(problems.kinds(), SizeIs(1));
  EXPECT_EQ(problems.kinds()[0].description, "must be one JSON object: a value is missing");
}

}  // namespace
}  // namespace daybook::cli::importer
