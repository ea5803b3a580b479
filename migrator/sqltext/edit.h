#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "migrator/sqltext/constraint.h"
#include "migrator/sqltext/create_table.h"

namespace daybook::sqltext {

// Changes to a CREATE TABLE. Each gives the table as it is afterwards; every byte
// that the change is not about stays, comments and layout included. Constraints
// that are passed are the table's own.
//
// INVALID_ARGUMENT where the table, or the SQL that is passed, does not allow the
// change; the message says what is in the way.

// The same table under another name. A schema before the name goes; foreign keys
// that reference the table itself keep the old name.
absl::StatusOr<CreateTable> WithName(const CreateTable& table, absl::string_view name);

// One constraint more, behind all others. `sql` is that constraint, from its
// first word to its last.
absl::StatusOr<CreateTable> WithTableConstraint(const CreateTable& table, absl::string_view sql);

// The table without `constraint`, of a column or its own. What WithTableConstraint
// has added leaves no trace.
absl::StatusOr<CreateTable> WithoutConstraint(const CreateTable& table,
                                              const Constraint& constraint);

// The foreign key does this on ON DELETE and ON UPDATE; kNone leaves the clause
// out.
absl::StatusOr<CreateTable> WithForeignKeyActions(const CreateTable& table, const Constraint& key,
                                                  FkAction on_delete, FkAction on_update);

// One column more, behind all others. `sql` is its definition, from its first
// word to its last.
absl::StatusOr<CreateTable> WithColumn(const CreateTable& table, absl::string_view sql);

// The table without a column, and without that column's own constraints. What
// WithColumn has added leaves no trace. Refused for the last column, a primary
// key, and where another constraint, key or generated column mentions it.
absl::StatusOr<CreateTable> WithoutColumn(const CreateTable& table, absl::string_view column);

// The column refuses NULL, or no longer does. A table that is so already stays as
// it is.
absl::StatusOr<CreateTable> WithNotNull(const CreateTable& table, absl::string_view column);
absl::StatusOr<CreateTable> WithoutNotNull(const CreateTable& table, absl::string_view column);

// `expression` stands between the parentheses of a CHECK or a generated column.
absl::StatusOr<CreateTable> WithExpression(const CreateTable& table, const Constraint& constraint,
                                           absl::string_view expression);

}  // namespace daybook::sqltext
