#pragma once

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daybook::sqltext {

// Cuts a text of SQL into its statements, without the semicolons between them.
// CREATE TRIGGER … END is one statement, as it is for SQLite's shell. Comments
// before a statement belong to it; those behind the last one, and statements
// that are empty, are left out. The views live as long as what `sql` views.
//
// INVALID_ARGUMENT, with the line: a string, quoted name or comment that does not
// end; a trigger without END; a NUL, behind which SQLite would not read on.
absl::StatusOr<std::vector<absl::string_view>> SplitStatements(absl::string_view sql);

// The number of the line that `offset` lies in, from 1.
size_t LineOf(absl::string_view sql, size_t offset);

}  // namespace daybook::sqltext
