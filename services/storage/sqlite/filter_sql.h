#pragma once

#include <string>

#include "db/sqlite/statement.h"
#include "query/filter.h"

namespace daybook::storage::sqlite {

// The condition that `filter` is in SQL, " AND …" for each term, with
// parameters from `first_parameter` on; "" for the filter that all pass.
std::string FilterSql(const query::Filter& filter, int first_parameter);

// The index of a sealed segment whose columns are all fixed by the terms of
// `filter`, but for a trailing id; nullptr where there is none.
const std::string* IndexFor(const query::Filter& filter);

// Binds the values. `filter` must outlive the statement's steps.
void BindFilter(const query::Filter& filter, int first_parameter, db::sqlite::Statement& statement);

}  // namespace daybook::storage::sqlite
