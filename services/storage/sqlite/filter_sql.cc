#include "storage/sqlite/filter_sql.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

#include "daybook/audit/v1/event.pb.h"
#include "query/holds.h"
#include "schema/event_table.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::query::Comparison;
using ::daybook::query::Step;
using ::daybook::query::Term;

const schema::Table& EventTable() {
  static const auto* const table =
      new schema::Table(schema::TableOf(*audit::v1::Event::descriptor()));
  return *table;
}

bool Fixes(const query::Filter& filter, const std::string& column) {
  return std::any_of(filter.required().begin(), filter.required().end(), [&](const Term& term) {
    return term.field->column == column && query::IsFixed(term);
  });
}

// A value that is equal to something is not NULL. What else an index may be
// limited to, a filter does not promise.
bool Covers(const schema::v1::Index& index, const query::Filter& filter) {
  const absl::string_view column = absl::StripSuffix(index.where(), " IS NOT NULL");
  return column != index.where() && Fixes(filter, std::string(column));
}

bool Suits(const schema::v1::Index& index, const query::Filter& filter) {
  if (!Covers(index, filter)) return false;
  const bool ends_with_id = *index.columns().rbegin() == "id";
  return std::all_of(index.columns().begin(), index.columns().end() - (ends_with_id ? 1 : 0),
                     [&filter](const std::string& column) { return Fixes(filter, column); });
}

absl::string_view OperatorOf(Comparison comparison) {
  switch (comparison) {
    case Comparison::kEqual:
    case Comparison::kHas:
      return " = ";
    case Comparison::kNotEqual:
      return " <> ";
    case Comparison::kLess:
      return " < ";
    case Comparison::kAtMost:
      return " <= ";
    case Comparison::kGreater:
      return " > ";
    case Comparison::kAtLeast:
      return " >= ";
  }
  return "";
}

// The first text behind all that begin with `prefix`, which is UTF-8 and so has no byte
// that is the last of all.
std::string Behind(std::string prefix) {
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

// Replaces the last `count` conditions by one.
void Join(size_t count, absl::string_view joint, std::vector<std::string>& conditions) {
  const auto first = conditions.end() - static_cast<std::ptrdiff_t>(count);
  std::string joined = absl::StrCat("(", absl::StrJoin(first, conditions.end(), joint), ")");
  conditions.erase(first, conditions.end());
  conditions.push_back(std::move(joined));
}

}  // namespace

const std::string* IndexFor(const query::Filter& filter) {
  for (const schema::v1::Index& index : EventTable().sealed_indexes) {
    if (Suits(index, filter)) return &index.name();
  }
  return nullptr;
}

// Its condition is that of an outcome behind success; a filter that no event of a lower one
// passes asks for nothing else.
const schema::v1::Index* FailuresIndexFor(const query::Filter& filter) {
  for (const int outcome : {audit::v1::OUTCOME_UNSPECIFIED, audit::v1::OUTCOME_SUCCESS}) {
    const auto judge = [outcome](const Term& term) {
      if (term.field->kind != query::FieldKind::kOutcome) return query::Verdict::kMaybe;
      return query::HoldsForInteger(term, outcome) ? query::Verdict::kYes : query::Verdict::kNo;
    };
    if (filter.Judge(judge) != query::Verdict::kNo) return nullptr;
  }
  return &EventTable().indexes.front();
}

// To SQL a comparison with NULL is neither true nor false, which only NOT can tell from
// false.
FilterSql::FilterSql(const query::Filter& filter, int first_parameter)
    : next_parameter_(first_parameter) {
  std::vector<std::string> conditions;
  for (const Step& step : filter.steps()) {
    switch (step.kind) {
      case Step::Kind::kTerm:
        conditions.push_back(ConditionOf(step.term));
        break;
      case Step::Kind::kNot:
        conditions.back() = absl::StrCat("(", conditions.back(), " IS NOT TRUE)");
        break;
      case Step::Kind::kAll:
        Join(step.count, " AND ", conditions);
        break;
      case Step::Kind::kAny:
        Join(step.count, " OR ", conditions);
        break;
    }
  }
  if (!conditions.empty()) text_ = absl::StrCat(" AND ", conditions.back());
}

std::string FilterSql::Parameter(Bound value) {
  bound_.emplace_back(next_parameter_, std::move(value));
  return absl::StrCat("?", next_parameter_++);
}

std::string FilterSql::ConditionOf(const Term& term) {
  const std::string& column = term.field->column;
  if (term.field->kind == query::FieldKind::kJson) {
    const std::string holds = Parameter(db::sqlite::TextPredicate(
        [&term](absl::string_view object) { return query::HoldsForJson(term, object); }));
    return absl::StrCat("daybook_holds(", holds, ", ", column, ")");
  }
  if (std::holds_alternative<query::AnyValue>(term.value)) {
    return absl::StrCat("(", column, " IS NOT NULL)");
  }
  if (const auto* const number = std::get_if<int64_t>(&term.value)) {
    return absl::StrCat("(", column, OperatorOf(term.comparison), Parameter(*number), ")");
  }
  return TextCondition(term);
}

std::string FilterSql::TextCondition(const Term& term) {
  const std::string& column = term.field->column;
  if (const auto* const pattern = std::get_if<query::Pattern>(&term.value)) {
    const std::string fits = PatternCondition(column, *pattern);
    return term.comparison == Comparison::kEqual ? fits : absl::StrCat("(NOT ", fits, ")");
  }
  const auto& text = std::get<std::string>(term.value);
  if (term.comparison == Comparison::kHas) {
    return PatternCondition(column, {.open_front = true, .text = text, .open_back = true});
  }
  return absl::StrCat("(", column, OperatorOf(term.comparison), Parameter(text), ")");
}

std::string FilterSql::PatternCondition(const std::string& column, const query::Pattern& pattern) {
  if (pattern.text.empty()) return absl::StrCat("(", column, " = ", column, ")");
  const std::string text = Parameter(pattern.text);
  if (pattern.open_front && pattern.open_back) {
    return absl::StrCat("(instr(", column, ", ", text, ") > 0)");
  }
  if (pattern.open_front) {
    return absl::StrCat("(substr(", column, ", -length(", text, ")) = ", text, ")");
  }
  return absl::StrCat("(", column, " >= ", text, " AND ", column, " < ",
                      Parameter(Behind(pattern.text)), ")");
}

void FilterSql::BindTo(db::sqlite::Statement& statement) const {
  for (const auto& [parameter, value] : bound_) {
    if (const auto* const number = std::get_if<int64_t>(&value)) {
      statement.BindInteger(parameter, *number);
    } else if (const auto* const text = std::get_if<std::string>(&value)) {
      statement.BindText(parameter, *text);
    } else {
      db::sqlite::BindPredicate(statement, parameter, std::get<db::sqlite::TextPredicate>(value));
    }
  }
}

}  // namespace daybook::storage::sqlite
