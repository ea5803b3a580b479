#pragma once

#include <functional>

#include "absl/strings/string_view.h"

#include "db/sqlite/statement.h"

struct sqlite3;

namespace daybook::db::sqlite {

// Whether something holds for a text, where SQL has no words for it: in a statement
// daybook_holds(?1, column), which is false where the column is NULL.
using TextPredicate = std::function<bool(absl::string_view text)>;

// `predicate` must outlive the steps that follow.
void BindPredicate(Statement& statement, int parameter, const TextPredicate& predicate);

// Gives the connection that function. Returns a code of SQLite's.
int UsePredicates(sqlite3* connection);

}  // namespace daybook::db::sqlite
