#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace daybook::sqltext {

// The names of columns that an expression may mention, without quotes, each once
// and as it is written first. Functions, collations, types and what stands before
// a dot are none. A text in double quotes is one: SQLite takes it for a string
// only where the table has no such column.
std::vector<std::string> NamesIn(absl::string_view expression);

// The columns that a CREATE TRIGGER lists behind UPDATE OF; none where it fires
// on something else, or on any column.
std::vector<std::string> UpdatedColumns(absl::string_view trigger);

}  // namespace daybook::sqltext
