#include "query/decimal.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace daybook::query {
namespace {

TEST(Decimal, SpellingsOfOneNumberAreEqual) {
  const std::vector<std::vector<std::string>> numbers = {
      {"0", "-0", "0.0", "0e5", "-0.00E-3"},
      {"1", "1.0", "10e-1", "0.01E+2"},
      {"-12.5", "-1.25e1", "-0.0125E3", "-12.500"},
      {"18446744073709551617", "18446744073709551617.0", "1.8446744073709551617e19"},
  };
  for (const std::vector<std::string>& spellings : numbers) {
    for (const std::string& spelling : spellings) {
      EXPECT_EQ(Decimal::Of(spelling), Decimal::Of(spellings.front())) << spelling;
    }
  }
}

TEST(Decimal, NumbersComeInOrder) {
  const std::vector<std::string> numbers = {"-1e99999999999999999999",
                                            "-18446744073709551617",
                                            "-18446744073709551616",
                                            "-10",
                                            "-9.5",
                                            "-1e-5",
                                            "0",
                                            "1e-99999999999999999999",
                                            "0.1",
                                            "0.10000000000000000001",
                                            "0.2",
                                            "9",
                                            "10",
                                            "10.000000000000000001",
                                            "12",
                                            "123",
                                            "18446744073709551616",
                                            "18446744073709551617",
                                            "1e30"};
  for (size_t a = 0; a < numbers.size(); ++a) {
    for (size_t b = 0; b < numbers.size(); ++b) {
      const int order = Order(Decimal::Of(numbers[a]), Decimal::Of(numbers[b]));
      EXPECT_EQ(order < 0, a < b) << numbers[a] << " and " << numbers[b];
      EXPECT_EQ(order > 0, a > b) << numbers[a] << " and " << numbers[b];
    }
  }
}

}  // namespace
}  // namespace daybook::query
