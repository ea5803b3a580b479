#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "daybook/schema/v1/rules.pb.h"
#include "db/sqlite/predicate.h"
#include "db/sqlite/statement.h"
#include "query/filter.h"

namespace daybook::storage::sqlite {

// A filter as a condition in SQL. Values are bound, never written into the text.
class FilterSql {
 public:
  // Its parameters count from `first_parameter` on. `filter` must outlive it.
  FilterSql(const query::Filter& filter, int first_parameter);

  // " AND (…)"; "" for the filter that all pass.
  const std::string& text() const { return text_; }

  // Binds the values. It must outlive the statement's steps.
  void BindTo(db::sqlite::Statement& statement) const;

 private:
  using Bound = std::variant<int64_t, std::string, db::sqlite::TextPredicate>;

  std::string ConditionOf(const query::Term& term);
  std::string TextCondition(const query::Term& term);
  std::string PatternCondition(const std::string& column, const query::Pattern& pattern);
  std::string Parameter(Bound value);

  int next_parameter_;
  std::string text_;
  std::vector<std::pair<int, Bound>> bound_;
};

// The index of the failures, where `filter` asks for nothing else; nullptr where it may.
const schema::v1::Index* FailuresIndexFor(const query::Filter& filter);

// The index of a sealed segment whose columns are all fixed by what `filter` requires,
// but for a trailing id; nullptr where there is none.
const std::string* IndexFor(const query::Filter& filter);

}  // namespace daybook::storage::sqlite
