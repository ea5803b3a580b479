#include "migrator/migration/decimal.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "support/status_matchers.h"

namespace daybook::migration {
namespace {

using ::daybook::testing::HasCode;

TEST(Decimal, IsOrderedByValue) {
  const std::vector<std::string> ascending = {"-100000000000000000000000",
                                              "-10",
                                              "-9.5",
                                              "-9.49",
                                              "-0.001",
                                              "0",
                                              "0.001",
                                              "0.01",
                                              "0.1",
                                              "1",
                                              "1.000000000000000000001",
                                              "1.1",
                                              "9",
                                              "10",
                                              "99999999999999999999.9",
                                              "100000000000000000000"};
  for (size_t i = 0; i < ascending.size(); ++i) {
    for (size_t j = 0; j < ascending.size(); ++j) {
      EXPECT_EQ(*Decimal::Parse(ascending[i]) <=> *Decimal::Parse(ascending[j]), i <=> j)
          << ascending[i] << " and " << ascending[j];
    }
  }
}

TEST(Decimal, HasOneValueHoweverItIsWritten) {
  EXPECT_EQ(*Decimal::Parse("1"), *Decimal::Parse("01.0"));
  EXPECT_EQ(*Decimal::Parse("0"), *Decimal::Parse("-0.00"));
  EXPECT_EQ(*Decimal::Parse("-0.50"), *Decimal::Parse("-00.5"));
  EXPECT_NE(*Decimal::Parse("0.5"), *Decimal::Parse("-0.5"));
}

TEST(Decimal, IsDigitsAndNothingElse) {
  for (const char* text : {"", "-", ".", "1.", ".5", "+1", "1e3", "--1", "1.2.3", " 1", "1 ", "0x1",
                           "NaN", "1,5", "½"}) {
    EXPECT_THAT(Decimal::Parse(text), HasCode(absl::StatusCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace daybook::migration
