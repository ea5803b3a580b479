#include "migrator/sqltext/constraint_parser.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"

#include "core/status_macros.h"
#include "migrator/sqltext/name.h"

namespace daybook::sqltext {
namespace {

absl::Status SkipConflictClause(TokenCursor& cursor) {
  if (!cursor.Take("ON")) return absl::OkStatus();
  DAYBOOK_RETURN_IF_ERROR(cursor.Expect("CONFLICT"));
  for (const absl::string_view choice : {"ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE"}) {
    if (cursor.Take(choice)) return absl::OkStatus();
  }
  return cursor.Expected("ROLLBACK, ABORT, FAIL, IGNORE or REPLACE");
}

absl::StatusOr<FkAction> ParseAction(TokenCursor& cursor) {
  if (cursor.Take("CASCADE")) return FkAction::kCascade;
  if (cursor.Take("RESTRICT")) return FkAction::kRestrict;
  if (cursor.Take("NO")) {
    DAYBOOK_RETURN_IF_ERROR(cursor.Expect("ACTION"));
    return FkAction::kNoAction;
  }
  if (cursor.Take("SET")) {
    if (cursor.Take("NULL")) return FkAction::kSetNull;
    if (cursor.Take("DEFAULT")) return FkAction::kSetDefault;
  }
  return cursor.Expected("CASCADE, RESTRICT, NO ACTION, SET NULL or SET DEFAULT");
}

// One `ON DELETE …`, `ON UPDATE …` or `ON INSERT …`; SQLite ignores the last.
absl::Status ParseOnClause(TokenCursor& cursor, Constraint& key) {
  Range range{.begin = cursor.begin(), .end = 0};
  DAYBOOK_RETURN_IF_ERROR(cursor.Expect("ON"));
  const bool is_delete = cursor.Take("DELETE");
  const bool is_update = !is_delete && cursor.Take("UPDATE");
  if (!is_delete && !is_update) DAYBOOK_RETURN_IF_ERROR(cursor.Expect("INSERT"));
  DAYBOOK_ASSIGN_OR_RETURN(const FkAction action, ParseAction(cursor));
  range.end = cursor.last_end();
  if (is_delete) {
    key.on_delete = action;
    key.on_delete_ranges.push_back(range);
  } else if (is_update) {
    key.on_update = action;
    key.on_update_ranges.push_back(range);
  }
  return absl::OkStatus();
}

bool AtDeferrable(const TokenCursor& cursor) {
  return cursor.At("DEFERRABLE") || (cursor.At("NOT") && cursor.At("DEFERRABLE", 1));
}

absl::Status ParseDeferrable(TokenCursor& cursor, Constraint& constraint) {
  const size_t begin = cursor.begin();
  const bool is_not = cursor.Take("NOT");
  DAYBOOK_RETURN_IF_ERROR(cursor.Expect("DEFERRABLE"));
  if (cursor.Take("INITIALLY")) {
    constraint.initially_deferred = !is_not && cursor.At("DEFERRED");
    if (!cursor.Take("DEFERRED")) DAYBOOK_RETURN_IF_ERROR(cursor.Expect("IMMEDIATE"));
  }
  constraint.deferrable = std::string(cursor.Text(Range{.begin = begin, .end = cursor.last_end()}));
  return absl::OkStatus();
}

absl::Status ParseReferences(TokenCursor& cursor, Constraint& key) {
  key.kind = ConstraintKind::kForeignKey;
  key.references.begin = cursor.begin();
  DAYBOOK_RETURN_IF_ERROR(cursor.Expect("REFERENCES"));
  DAYBOOK_ASSIGN_OR_RETURN(const Token table, cursor.TakeName("the name of a table"));
  key.references_table = Unquote(cursor.Text(table));
  if (cursor.At("(")) {
    DAYBOOK_ASSIGN_OR_RETURN(key.references_columns, cursor.TakeColumns());
    DAYBOOK_RETURN_IF_ERROR(cursor.Expect(")"));
  }
  key.references.end = cursor.last_end();
  while (cursor.At("ON") || cursor.At("MATCH")) {
    if (cursor.Take("MATCH")) {
      DAYBOOK_RETURN_IF_ERROR(cursor.TakeName("the name of a way to match").status());
    } else {
      DAYBOOK_RETURN_IF_ERROR(ParseOnClause(cursor, key));
    }
  }
  return AtDeferrable(cursor) ? ParseDeferrable(cursor, key) : absl::OkStatus();
}

absl::Status ParseDefault(TokenCursor& cursor, Constraint& constraint) {
  constraint.kind = ConstraintKind::kDefault;
  if (cursor.At("(")) {
    DAYBOOK_ASSIGN_OR_RETURN(constraint.expression, cursor.TakeParenthesised());
    return absl::OkStatus();
  }
  constraint.expression.begin = cursor.begin();
  if (!cursor.Take("+")) cursor.Take("-");
  const bool is_literal =
      cursor.At("NULL") || cursor.AtKind(TokenKind::kNumber) || cursor.AtKind(TokenKind::kBlob);
  DAYBOOK_RETURN_IF_ERROR(
      (is_literal ? cursor.TakeAny("a value") : cursor.TakeName("a value")).status());
  constraint.expression.end = cursor.last_end();
  return absl::OkStatus();
}

absl::Status ParseOwnPrimaryKey(TokenCursor& cursor, Constraint& key) {
  key.kind = ConstraintKind::kPrimaryKey;
  DAYBOOK_RETURN_IF_ERROR(cursor.Expect("KEY"));
  key.descending = cursor.Take("DESC");
  if (!key.descending) cursor.Take("ASC");
  DAYBOOK_RETURN_IF_ERROR(SkipConflictClause(cursor));
  key.autoincrement = cursor.Take("AUTOINCREMENT");
  return absl::OkStatus();
}

absl::Status ParseNot(TokenCursor& cursor, Constraint& constraint) {
  constraint.kind = ConstraintKind::kNotNull;
  DAYBOOK_RETURN_IF_ERROR(cursor.Expect("NULL"));
  return SkipConflictClause(cursor);
}

absl::Status ParseGenerated(TokenCursor& cursor, Constraint& constraint) {
  constraint.kind = ConstraintKind::kGenerated;
  DAYBOOK_ASSIGN_OR_RETURN(constraint.expression, cursor.TakeParenthesised());
  constraint.is_stored = cursor.Take("STORED");
  if (!constraint.is_stored) cursor.Take("VIRTUAL");
  return absl::OkStatus();
}

absl::Status ParseCheck(TokenCursor& cursor, Constraint& check) {
  check.kind = ConstraintKind::kCheck;
  const size_t open = cursor.begin();
  DAYBOOK_ASSIGN_OR_RETURN(check.expression, cursor.TakeParenthesised());
  const absl::string_view text =
      cursor.Text(Range{.begin = open + 1, .end = cursor.last_end() - 1});
  // SQLite takes quotes off this text as if it were a name: of "a" > 0, a is left.
  check.failure_name = Unquote(absl::StripAsciiWhitespace(text));
  return absl::OkStatus();
}

absl::Status ParseCollate(TokenCursor& cursor, Constraint& constraint) {
  constraint.kind = ConstraintKind::kCollate;
  DAYBOOK_ASSIGN_OR_RETURN(const Token name, cursor.TakeName("the name of a collation"));
  constraint.expression = {.begin = name.begin, .end = name.end};
  return absl::OkStatus();
}

absl::Status ParseOwn(TokenCursor& cursor, Constraint& constraint) {
  if (AtDeferrable(cursor)) {
    constraint.kind = ConstraintKind::kDeferrable;
    return ParseDeferrable(cursor, constraint);
  }
  if (cursor.At("REFERENCES")) return ParseReferences(cursor, constraint);
  if (cursor.Take("DEFAULT")) return ParseDefault(cursor, constraint);
  if (cursor.Take("PRIMARY")) return ParseOwnPrimaryKey(cursor, constraint);
  if (cursor.Take("NOT")) return ParseNot(cursor, constraint);
  if (cursor.Take("CHECK")) return ParseCheck(cursor, constraint);
  if (cursor.Take("COLLATE")) return ParseCollate(cursor, constraint);
  if (cursor.Take("AS")) return ParseGenerated(cursor, constraint);
  if (cursor.Take("GENERATED")) {
    DAYBOOK_RETURN_IF_ERROR(cursor.Expect("ALWAYS"));
    DAYBOOK_RETURN_IF_ERROR(cursor.Expect("AS"));
    return ParseGenerated(cursor, constraint);
  }
  constraint.kind = cursor.At("UNIQUE") ? ConstraintKind::kUnique : ConstraintKind::kNull;
  if (!cursor.Take("UNIQUE") && !cursor.Take("NULL")) {
    return cursor.Expected("a constraint of the column, a comma or )");
  }
  return SkipConflictClause(cursor);
}

absl::Status ParseBehind(TokenCursor& cursor, Constraint& constraint) {
  if (cursor.Take("CHECK")) {
    DAYBOOK_RETURN_IF_ERROR(ParseCheck(cursor, constraint));
    return SkipConflictClause(cursor);
  }
  const bool is_foreign = cursor.Take("FOREIGN");
  const bool is_primary = !is_foreign && cursor.Take("PRIMARY");
  if (is_foreign || is_primary) {
    DAYBOOK_RETURN_IF_ERROR(cursor.Expect("KEY"));
  } else if (!cursor.Take("UNIQUE")) {
    return cursor.Expected("CONSTRAINT, PRIMARY KEY, UNIQUE, CHECK, FOREIGN KEY or )");
  }
  constraint.kind = is_primary ? ConstraintKind::kPrimaryKey : ConstraintKind::kUnique;
  DAYBOOK_ASSIGN_OR_RETURN(constraint.columns, cursor.TakeColumns());
  constraint.autoincrement = is_primary && cursor.Take("AUTOINCREMENT");
  DAYBOOK_RETURN_IF_ERROR(cursor.Expect(")"));
  return is_foreign ? ParseReferences(cursor, constraint) : SkipConflictClause(cursor);
}

absl::StatusOr<Constraint> Whole(TokenCursor& cursor,
                                 absl::Status (*parse)(TokenCursor&, Constraint&)) {
  Constraint constraint;
  constraint.range.begin = cursor.begin();
  DAYBOOK_RETURN_IF_ERROR(parse(cursor, constraint));
  constraint.range.end = cursor.last_end();
  return constraint;
}

}  // namespace

absl::StatusOr<Constraint> ParseColumnConstraint(TokenCursor& cursor) {
  return Whole(cursor, ParseOwn);
}

absl::StatusOr<Constraint> ParseTableConstraint(TokenCursor& cursor) {
  return Whole(cursor, ParseBehind);
}

}  // namespace daybook::sqltext
