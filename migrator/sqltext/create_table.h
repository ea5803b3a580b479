#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "migrator/sqltext/column.h"
#include "migrator/sqltext/constraint.h"
#include "migrator/sqltext/range.h"

namespace daybook::sqltext {

// A CREATE TABLE statement of SQLite, read without a database: its text, and
// where in it everything stands.
//
// Immutable.
class CreateTable {
 public:
  // Reads a statement as SQLite 3.40 does. Whatever SQLite stores in its schema
  // for a table is read; of what SQLite refuses, not everything is refused, as
  // the meaning of names and expressions is not looked at.
  //
  // INVALID_ARGUMENT, with the line: another statement, more than one, CREATE
  // VIRTUAL TABLE, and CREATE TABLE … AS SELECT, which SQLite never stores.
  static absl::StatusOr<CreateTable> Parse(std::string sql);

  const std::string& sql() const { return sql_; }
  absl::string_view Text(Range range) const;

  const std::string& name() const { return name_; }  // without quotes
  Range name_range() const { return name_range_; }
  // The schema before the name, with its dot: `main.`.
  Range qualifier_range() const { return qualifier_range_; }
  // What stands between the parentheses, spaces and comments included.
  Range body() const { return body_; }

  bool is_temporary() const { return is_temporary_; }
  bool without_rowid() const { return without_rowid_; }
  bool strict() const { return strict_; }

  const std::vector<Column>& columns() const { return columns_; }
  // Those behind the columns.
  const std::vector<Constraint>& constraints() const { return constraints_; }

  // Of columns and table, in the order of the text.
  std::vector<const Constraint*> AllConstraints() const;
  std::vector<const Constraint*> Checks() const { return AllOf(ConstraintKind::kCheck); }
  std::vector<const Constraint*> ForeignKeys() const { return AllOf(ConstraintKind::kForeignKey); }

  // The one of this name, nullptr where there is none. Of constraints with the
  // same name, which SQLite allows, the first.
  const Column* FindColumn(absl::string_view name) const;
  const Constraint* FindConstraint(absl::string_view name) const;

 private:
  class Parser;
  CreateTable() = default;
  std::vector<const Constraint*> AllOf(ConstraintKind kind) const;

  std::string sql_;
  std::string name_;
  Range name_range_;
  Range qualifier_range_;
  Range body_;
  bool is_temporary_ = false;
  bool without_rowid_ = false;
  bool strict_ = false;
  std::vector<Column> columns_;
  std::vector<Constraint> constraints_;
};

}  // namespace daybook::sqltext
