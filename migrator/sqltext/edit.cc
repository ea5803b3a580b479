#include "migrator/sqltext/edit.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/sqltext/name.h"
#include "migrator/sqltext/names_in.h"
#include "migrator/sqltext/splice.h"
#include "migrator/sqltext/token_cursor.h"

namespace daybook::sqltext {
namespace {

absl::StatusOr<CreateTable> Edited(const Splice& splice) {
  absl::StatusOr<CreateTable> table = CreateTable::Parse(splice.Result());
  if (table.ok()) return table;
  return absl::InvalidArgumentError(absl::StrCat(
      "the table could not be read any more after this change: ", table.status().message()));
}

absl::Status CannotEdit(const CreateTable& table, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat("table ", table.name(), ": ", problem));
}

absl::StatusOr<const Column*> ColumnOf(const CreateTable& table, absl::string_view name) {
  const Column* const column = table.FindColumn(name);
  if (column == nullptr) return CannotEdit(table, absl::StrCat("there is no column ", name));
  return column;
}

absl::Status CheckIsOf(const CreateTable& table, const Constraint& constraint) {
  const std::vector<const Constraint*> all = table.AllConstraints();
  if (std::find(all.begin(), all.end(), &constraint) != all.end()) return absl::OkStatus();
  return CannotEdit(table, "the constraint belongs to another text than this one");
}

// SQLite gives a [NOT] DEFERRABLE that stands apart to the last key before it. An
// error where one that begins at `from` or later would come to be another key's.
absl::Status CheckNoneIsDeferrableApart(const CreateTable& table, size_t from) {
  for (const Constraint* constraint : table.AllConstraints()) {
    const bool is_apart = constraint->kind == ConstraintKind::kDeferrable;
    if (!is_apart || constraint->range.begin < from) continue;
    return CannotEdit(table, absl::StrCat("`", table.Text(constraint->range),
                                          "` stands apart from the foreign key it belongs to; "
                                          "write it behind its REFERENCES first"));
  }
  return absl::OkStatus();
}

bool IsAboutKeys(const Constraint& constraint) {
  return constraint.kind == ConstraintKind::kForeignKey ||
         constraint.kind == ConstraintKind::kDeferrable;
}

bool Contains(const std::vector<std::string>& names, absl::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [name](const std::string& other) { return SameName(other, name); });
}

bool Uses(const CreateTable& table, const Constraint& constraint, absl::string_view column) {
  switch (constraint.kind) {
    case ConstraintKind::kCheck:
    case ConstraintKind::kGenerated:
      return Contains(NamesIn(table.Text(constraint.expression)), column);
    case ConstraintKind::kForeignKey:
      return Contains(constraint.columns, column) ||
             (SameName(constraint.references_table, table.name()) &&
              Contains(constraint.references_columns, column));
    case ConstraintKind::kPrimaryKey:
    case ConstraintKind::kUnique:
      return Contains(constraint.columns, column);
    case ConstraintKind::kNotNull:
    case ConstraintKind::kDefault:
    case ConstraintKind::kCollate:
    case ConstraintKind::kNull:
    case ConstraintKind::kDeferrable:
      return false;
  }
  return false;
}

// An error where something that stays needs `column`.
absl::Status CheckIsUnused(const CreateTable& table, const Column& column) {
  for (const Constraint* constraint : table.AllConstraints()) {
    const bool is_own =
        column.range.begin < constraint->range.begin && constraint->range.end <= column.range.end;
    if (is_own && constraint->kind != ConstraintKind::kPrimaryKey) continue;
    if (!Uses(table, *constraint, column.name)) continue;
    return CannotEdit(table, absl::StrCat("column ", column.name, " is needed by `",
                                          table.Text(constraint->range), "`; drop that first"));
  }
  return absl::OkStatus();
}

// The table that has `sql` and nothing else behind `before` in its parentheses.
absl::StatusOr<CreateTable> TableOf(absl::string_view before, absl::string_view sql) {
  return CreateTable::Parse(absl::StrCat("CREATE TABLE t (", before, sql, ")"));
}

absl::Status NotOneEntryError(absl::string_view what, absl::string_view sql,
                              const absl::Status& status) {
  return absl::InvalidArgumentError(absl::StrCat("not one ", what,
                                                 " from its first word to its last: `", sql, "`",
                                                 status.ok() ? "" : "; ", status.message()));
}

absl::Status CheckIsConstraint(absl::string_view sql) {
  const absl::StatusOr<CreateTable> table = TableOf("c, ", sql);
  const bool is_one = table.ok() && table->columns().size() == 1 &&
                      table->constraints().size() == 1 &&
                      table->Text(table->constraints()[0].range) == sql;
  return is_one ? absl::OkStatus() : NotOneEntryError("constraint", sql, table.status());
}

absl::Status CheckIsColumn(absl::string_view sql) {
  const absl::StatusOr<CreateTable> table = TableOf("", sql);
  const bool is_one = table.ok() && table->columns().size() == 1 && table->constraints().empty() &&
                      table->Text(table->columns()[0].range) == sql;
  if (!is_one) return NotOneEntryError("column", sql, table.status());
  return CheckNoneIsDeferrableApart(*table, 0);
}

absl::string_view ActionText(FkAction action) {
  switch (action) {
    case FkAction::kNone:
      return "";
    case FkAction::kNoAction:
      return "NO ACTION";
    case FkAction::kRestrict:
      return "RESTRICT";
    case FkAction::kCascade:
      return "CASCADE";
    case FkAction::kSetNull:
      return "SET NULL";
    case FkAction::kSetDefault:
      return "SET DEFAULT";
  }
  return "";
}

// The clauses of a foreign key for one event, and what it is to do.
struct ActionChange {
  absl::string_view event;
  const std::vector<Range>& clauses;
  FkAction wanted;
};

void ChangeAction(const CreateTable& table, const Constraint& key, const ActionChange& change,
                  Splice& splice) {
  if (change.wanted == FkAction::kNone) {
    for (const Range& clause : change.clauses) splice.Remove(clause);
  } else if (change.clauses.empty()) {
    splice.InsertWords(key.references.end,
                       absl::StrCat("ON ", change.event, " ", ActionText(change.wanted)));
  } else {
    Range action = change.clauses.back();
    TokenCursor cursor(table.Text(action));
    cursor.Take("ON");
    cursor.Take(change.event);
    action.begin += cursor.begin();
    splice.Replace(action, std::string(ActionText(change.wanted)));
  }
}

}  // namespace

absl::StatusOr<CreateTable> WithName(const CreateTable& table, absl::string_view name) {
  const bool is_qualified = !table.qualifier_range().empty();
  const size_t begin = is_qualified ? table.qualifier_range().begin : table.name_range().begin;
  Splice splice(table.sql());
  splice.Replace({.begin = begin, .end = table.name_range().end}, QuoteName(name));
  return Edited(splice);
}

absl::StatusOr<CreateTable> WithTableConstraint(const CreateTable& table, absl::string_view sql) {
  DAYBOOK_RETURN_IF_ERROR(CheckIsConstraint(sql));
  const size_t model = table.constraints().empty() ? table.columns().back().range.begin
                                                   : table.constraints().back().range.begin;
  Splice splice(table.sql());
  splice.AppendEntry(table.body().end, model, sql);
  return Edited(splice);
}

absl::StatusOr<CreateTable> WithoutConstraint(const CreateTable& table,
                                              const Constraint& constraint) {
  DAYBOOK_RETURN_IF_ERROR(CheckIsOf(table, constraint));
  if (constraint.kind == ConstraintKind::kForeignKey) {
    DAYBOOK_RETURN_IF_ERROR(CheckNoneIsDeferrableApart(table, constraint.range.begin));
  }
  Splice splice(table.sql());
  splice.RemoveEntry(constraint.range);
  return Edited(splice);
}

absl::StatusOr<CreateTable> WithForeignKeyActions(const CreateTable& table, const Constraint& key,
                                                  FkAction on_delete, FkAction on_update) {
  DAYBOOK_RETURN_IF_ERROR(CheckIsOf(table, key));
  if (key.kind != ConstraintKind::kForeignKey) {
    return CannotEdit(table, absl::StrCat("`", table.Text(key.range), "` is no foreign key"));
  }
  Splice splice(table.sql());
  if (on_delete != key.on_delete) {
    ChangeAction(table, key, {"DELETE", key.on_delete_ranges, on_delete}, splice);
  }
  if (on_update != key.on_update) {
    ChangeAction(table, key, {"UPDATE", key.on_update_ranges, on_update}, splice);
  }
  return Edited(splice);
}

absl::StatusOr<CreateTable> WithColumn(const CreateTable& table, absl::string_view sql) {
  DAYBOOK_RETURN_IF_ERROR(CheckIsColumn(sql));
  const Range last = table.columns().back().range;
  Splice splice(table.sql());
  const Token& behind = splice.SignificantFrom(last.end);
  if (TextOf(behind, table.sql()) == ",") {
    splice.InsertEntry(behind.end, last.begin, sql);
  } else {
    splice.AppendEntry(table.body().end, last.begin, sql);
  }
  return Edited(splice);
}

absl::StatusOr<CreateTable> WithoutColumn(const CreateTable& table, absl::string_view column) {
  DAYBOOK_ASSIGN_OR_RETURN(const Column* const doomed, ColumnOf(table, column));
  if (table.columns().size() == 1) {
    return CannotEdit(table, absl::StrCat(column, " is the only column"));
  }
  DAYBOOK_RETURN_IF_ERROR(CheckIsUnused(table, *doomed));
  if (std::any_of(doomed->constraints.begin(), doomed->constraints.end(), IsAboutKeys)) {
    DAYBOOK_RETURN_IF_ERROR(CheckNoneIsDeferrableApart(table, doomed->range.begin));
  }
  Splice splice(table.sql());
  splice.RemoveEntry(doomed->range);
  return Edited(splice);
}

absl::StatusOr<CreateTable> WithNotNull(const CreateTable& table, absl::string_view column) {
  DAYBOOK_ASSIGN_OR_RETURN(const Column* const changed, ColumnOf(table, column));
  for (const Constraint& constraint : changed->constraints) {
    if (constraint.kind == ConstraintKind::kNotNull) return table;
  }
  Splice splice(table.sql());
  splice.InsertWords(changed->head.end, "NOT NULL");
  return Edited(splice);
}

absl::StatusOr<CreateTable> WithoutNotNull(const CreateTable& table, absl::string_view column) {
  DAYBOOK_ASSIGN_OR_RETURN(const Column* const changed, ColumnOf(table, column));
  Splice splice(table.sql());
  for (const Constraint& constraint : changed->constraints) {
    if (constraint.kind == ConstraintKind::kNotNull) splice.Remove(constraint.range);
  }
  return Edited(splice);
}

absl::StatusOr<CreateTable> WithExpression(const CreateTable& table, const Constraint& constraint,
                                           absl::string_view expression) {
  DAYBOOK_RETURN_IF_ERROR(CheckIsOf(table, constraint));
  if (constraint.kind != ConstraintKind::kCheck && constraint.kind != ConstraintKind::kGenerated) {
    return CannotEdit(table,
                      absl::StrCat("`", table.Text(constraint.range), "` has no expression"));
  }
  DAYBOOK_RETURN_IF_ERROR(CheckIsConstraint(absl::StrCat("CHECK (", expression, ")")));
  const char behind = table.sql()[constraint.expression.end];
  const bool needs_space =
      behind != ')' && !absl::ascii_isspace(static_cast<unsigned char>(behind));
  Splice splice(table.sql());
  splice.Replace(constraint.expression, absl::StrCat(expression, needs_space ? " " : ""));
  return Edited(splice);
}

}  // namespace daybook::sqltext
