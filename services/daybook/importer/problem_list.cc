#include "daybook/importer/problem_list.h"

namespace daybook::cli::importer {
namespace {

// Descriptions of broken JSON end with the place, which is another in each row.
std::string WithoutPlace(const std::string& description) {
  return description.substr(0, description.rfind(" at byte "));
}

}  // namespace

ProblemList::Kind& ProblemList::KindOf(const Problem& problem) {
  const std::string description = WithoutPlace(problem.description);
  for (Kind& kind : kinds_) {
    if (kind.column == problem.column && kind.description == description) return kind;
  }
  return kinds_.emplace_back(
      Kind{.column = problem.column, .description = description, .first_ids = {}});
}

void ProblemList::Add(int64_t row, const std::vector<Problem>& problems) {
  if (!problems.empty()) ++rows_;
  for (const Problem& problem : problems) {
    Kind& kind = KindOf(problem);
    ++kind.rows;
    if (kind.first_ids.size() < kSampleIds) kind.first_ids.push_back(row);
  }
}

}  // namespace daybook::cli::importer
