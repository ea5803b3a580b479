#pragma once

#include <string>
#include <vector>

#include "migrator/sqltext/range.h"

namespace daybook::sqltext {

enum class ConstraintKind {
  kPrimaryKey,
  kNotNull,
  kUnique,
  kCheck,
  kForeignKey,
  kDefault,
  kCollate,
  kGenerated,
  kNull,        // a plain NULL, which means nothing
  kDeferrable,  // [NOT] DEFERRABLE of a column, not beside the REFERENCES it belongs to
};

// What a foreign key does when the parent row goes or its key changes.
enum class FkAction {
  kNone,  // nothing is written, which means NO ACTION
  kNoAction,
  kRestrict,
  kCascade,
  kSetNull,
  kSetDefault,
};

// A constraint as it is written in a CREATE TABLE, in a column or behind the
// columns. Ranges are of that text; names are without quotes.
struct Constraint {
  ConstraintKind kind = ConstraintKind::kNull;
  // "" where no CONSTRAINT stands right before it; of several in a row, the last.
  std::string name;
  // From the first CONSTRAINT right before it, or its own first word, to its last
  // token.
  Range range;
  // The columns of the key; for a column's own constraint, that column. A CHECK
  // behind the columns has none.
  std::vector<std::string> columns;
  // The tokens inside the parentheses of CHECK, GENERATED or DEFAULT (…);
  // otherwise the value of DEFAULT, or the name after COLLATE.
  Range expression;

  // What SQLite's message calls a CHECK that fails: `CHECK constraint failed: …`.
  // Without a name it is the text between the parentheses, or the last name that
  // stands before it in the same column or list entry.
  std::string failure_name;

  // Of a generated column: STORED is written.
  bool is_stored = false;

  // Of a primary key. Only a column's own is `descending`: INTEGER PRIMARY KEY
  // DESC is no alias of the rowid, (x DESC) behind the columns is.
  bool autoincrement = false;
  bool descending = false;

  // Of a foreign key. The columns are empty where none are written: then it is
  // the parent's primary key.
  std::string references_table;
  std::vector<std::string> references_columns;
  // From REFERENCES to the parent's name or columns.
  Range references;
  FkAction on_delete = FkAction::kNone;
  FkAction on_update = FkAction::kNone;
  // Every `ON DELETE …` and `ON UPDATE …`; where there are more, the last counts.
  std::vector<Range> on_delete_ranges;
  std::vector<Range> on_update_ranges;
  // Its [NOT] DEFERRABLE clause as it is written, or "".
  std::string deferrable;
  bool initially_deferred = false;
};

}  // namespace daybook::sqltext
