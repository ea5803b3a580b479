#include "query/decimal_sum.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace daybook::query {
namespace {

DecimalSum SumOf(const std::vector<std::string>& numbers) {
  DecimalSum sum;
  for (const std::string& number : numbers) sum.Add(number);
  return sum;
}

TEST(DecimalSum, OfNothingIsZero) {
  EXPECT_EQ(DecimalSum().text(), "0");
  EXPECT_EQ(DecimalSum().numbers(), 0);
}

TEST(DecimalSum, AddsDecimalsExactly) {
  EXPECT_EQ(SumOf({"0.1", "0.2"}).text(), "0.3");
  EXPECT_EQ(SumOf({"12.50", "0.50"}).text(), "13");
  EXPECT_EQ(SumOf({"1e2", "2.5E-1", "-0"}).text(), "100.25");
  EXPECT_EQ(SumOf({"9007199254740993", "1"}).text(), "9007199254740994");
  EXPECT_EQ(SumOf({"0.000000000000000001", "1000000000000000000000000"}).text(),
            "1000000000000000000000000.000000000000000001");
  EXPECT_TRUE(SumOf({"0.1", "1e-18", "1e26"}).is_exact());
}

TEST(DecimalSum, HasOneSign) {
  EXPECT_EQ(SumOf({"1", "-0.25"}).text(), "0.75");
  EXPECT_EQ(SumOf({"-1", "0.25"}).text(), "-0.75");
  EXPECT_EQ(SumOf({"-0.5", "-0.5"}).text(), "-1");
  EXPECT_EQ(SumOf({"0.5", "-0.75"}).text(), "-0.25");
  EXPECT_EQ(SumOf({"5", "-5"}).text(), "0");
}

TEST(DecimalSum, OfWhatNoDecimalHoldsIsADouble) {
  const DecimalSum sum = SumOf({"1e300", "0.5"});

  EXPECT_FALSE(sum.is_exact());
  EXPECT_EQ(sum.text(), "1e+300");
  EXPECT_EQ(SumOf({"1e-30"}).value(), 1e-30);
  EXPECT_EQ(SumOf({"0.1234567890123456789"}).text(), "0.12345678901234568");
}

TEST(DecimalSum, LeavesOutWhatIsBeyondADouble) {
  const DecimalSum sum = SumOf({"1e400", "-1e99999999999999", "2"});

  EXPECT_EQ(sum.numbers(), 1);
  EXPECT_EQ(sum.text(), "2");
}

TEST(DecimalSum, AddsSums) {
  DecimalSum sum = SumOf({"0.1", "7"});
  sum.Add(SumOf({"0.2", "-7.3", "1e-40"}));

  EXPECT_EQ(sum.numbers(), 5);
  EXPECT_FALSE(sum.is_exact());
  EXPECT_NEAR(sum.value(), 0, 1e-30);
}

TEST(DecimalSum, ComesNearEveryNumberInAnyNotation) {
  for (const std::string number : {"0", "-1", "123.456", "1E5", "1e+5", "1.5e-7", "99999999999.99",
                                   "0.00001", "100000000000000000000000000"}) {
    EXPECT_DOUBLE_EQ(SumOf({number}).value(), std::stod(number)) << number;
  }
}

}  // namespace
}  // namespace daybook::query
