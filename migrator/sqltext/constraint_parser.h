#pragma once

#include "absl/status/statusor.h"

#include "migrator/sqltext/column.h"
#include "migrator/sqltext/constraint.h"
#include "migrator/sqltext/token_cursor.h"

namespace daybook::sqltext {

// Both read one constraint from behind its CONSTRAINT and name on, and know
// nothing of those: `range` begins with its own first word. INVALID_ARGUMENT
// where there is none.

// One of a column.
absl::StatusOr<Constraint> ParseColumnConstraint(TokenCursor& cursor);

// One behind the columns.
absl::StatusOr<Constraint> ParseTableConstraint(TokenCursor& cursor);

}  // namespace daybook::sqltext
