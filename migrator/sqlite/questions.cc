#include "migrator/sqlite/questions.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "core/status_macros.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::db::sqlite::ValueType;
using ::daybook::migration::v1::Assertion;
using ::daybook::migration::v1::Invariant;
using ::daybook::migration::v1::Migration;

constexpr char kBetweenValues = '\x1f';

template <typename Question>
const std::string& SqlFor(const Question& question) {
  return question.sqlite().empty() ? question.sql() : question.sqlite();
}

std::string ValueText(const Statement& select, int column) {
  switch (select.Type(column)) {
    case ValueType::kNull:
      return "NULL";
    case ValueType::kInteger:
      return absl::StrCat(select.Integer(column));
    case ValueType::kReal:
      return absl::StrCat(select.Real(column));
    case ValueType::kText:
    case ValueType::kBlob:
      return select.Text(column);
  }
  return "";
}

bool IsNear(absl::string_view before, absl::string_view after, double tolerance) {
  if (before == after) return true;
  double was = 0;
  double is = 0;
  if (tolerance == 0 || !absl::SimpleAtod(before, &was) || !absl::SimpleAtod(after, &is)) {
    return false;
  }
  return std::abs(is - was) <= tolerance * std::abs(was);
}

bool IsSame(const Answer& before, const Answer& after, double tolerance) {
  if (before == after) return true;
  if (before.size() != after.size()) return false;
  for (size_t i = 0; i < before.size(); ++i) {
    const std::vector<std::string> was = absl::StrSplit(before[i], kBetweenValues);
    const std::vector<std::string> is = absl::StrSplit(after[i], kBetweenValues);
    const bool same = std::equal(
        was.begin(), was.end(), is.begin(), is.end(),
        [&](const std::string& a, const std::string& b) { return IsNear(a, b, tolerance); });
    if (!same) return false;
  }
  return true;
}

bool IsAskedAt(const Assertion& assertion, Assertion::Moment moment) {
  return assertion.moment() == moment || assertion.moment() == Assertion::BOTH ||
         assertion.moment() == Assertion::MOMENT_UNSPECIFIED;
}

}  // namespace

absl::StatusOr<Answer> Ask(Connection& database, const std::string& name, const std::string& sql) {
  absl::StatusOr<Statement> select = database.Prepare(sql);
  if (!select.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("`", name, "` cannot be asked: ", database.LastRefusal().message));
  }
  Answer answer;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select->Step());
    if (!has_row) break;
    std::vector<std::string> values;
    values.reserve(static_cast<size_t>(select->ColumnCount()));
    for (int i = 0; i < select->ColumnCount(); ++i) values.push_back(ValueText(*select, i));
    answer.push_back(absl::StrJoin(values, std::string(1, kBetweenValues)));
  }
  std::sort(answer.begin(), answer.end());
  return answer;
}

absl::StatusOr<std::map<std::string, Answer>> AskInvariants(Connection& database,
                                                            const Migration& migration) {
  std::map<std::string, Answer> answers;
  for (const Invariant& invariant : migration.invariant()) {
    DAYBOOK_ASSIGN_OR_RETURN(answers[invariant.name()],
                             Ask(database, invariant.name(), SqlFor(invariant)));
  }
  return answers;
}

std::vector<std::string> MovedInvariants(const Migration& migration,
                                         const std::map<std::string, Answer>& before,
                                         const std::map<std::string, Answer>& after) {
  std::vector<std::string> moved;
  for (const Invariant& invariant : migration.invariant()) {
    const auto was = before.find(invariant.name());
    const auto is = after.find(invariant.name());
    if (was == before.end() || is == after.end() ||
        !IsSame(was->second, is->second, invariant.tolerance())) {
      moved.push_back(absl::StrCat("the answer to `", invariant.name(), "` has changed"));
    }
  }
  return moved;
}

absl::StatusOr<std::vector<AssertionResult>> CheckAssertions(Connection& database,
                                                             const Migration& migration,
                                                             Assertion::Moment moment) {
  std::vector<AssertionResult> results;
  for (const Assertion& assertion : migration.assertion()) {
    if (!IsAskedAt(assertion, moment)) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const Answer rows, Ask(database, assertion.name(), SqlFor(assertion)));
    results.push_back({.name = assertion.name(),
                       .severity = assertion.severity() == Assertion::SEVERITY_UNSPECIFIED
                                       ? Assertion::ERROR
                                       : assertion.severity(),
                       .rows = static_cast<int64_t>(rows.size())});
  }
  return results;
}

}  // namespace daybook::migrator::sqlite
