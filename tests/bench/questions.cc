#include "bench/questions.h"

#include <algorithm>
#include <cmath>

namespace daybook::bench {
namespace {

constexpr double kRoundedOff = 1e-9;  // of the value

}  // namespace

bool SaysTheSame(const QuestionAnswer& a, const QuestionAnswer& b) {
  const auto is_same = [](const auto& one, const auto& other) {
    return one.first == other.first &&
           std::abs(one.second - other.second) <= kRoundedOff * std::abs(one.second);
  };
  return std::equal(a.lines.begin(), a.lines.end(), b.lines.begin(), b.lines.end(), is_same);
}

}  // namespace daybook::bench
