#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"

#include "core/status_macros.h"
#include "migrator/sqlite/planner.h"
#include "migrator/sqltext/create_table.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::sqltext::Column;
using ::daybook::sqltext::Constraint;
using ::daybook::sqltext::ConstraintKind;
using ::daybook::sqltext::CreateTable;

// A check or a foreign key says nothing about how rows are stored.
bool IsOnlyARule(const Constraint& constraint) {
  return constraint.kind == ConstraintKind::kCheck ||
         constraint.kind == ConstraintKind::kForeignKey;
}

// The texts of the constraints that decide how rows and indexes are stored.
std::vector<std::string> Physical(const CreateTable& table,
                                  const std::vector<Constraint>& constraints) {
  std::vector<std::string> texts;
  for (const Constraint& constraint : constraints) {
    if (!IsOnlyARule(constraint)) texts.emplace_back(table.Text(constraint.range));
  }
  return texts;
}

bool StoresTheSameColumn(const CreateTable& before, const Column& old_column,
                         const CreateTable& after, const Column& new_column) {
  return sqltext::SameName(old_column.name, new_column.name) &&
         old_column.type == new_column.type &&
         Physical(before, old_column.constraints) == Physical(after, new_column.constraints);
}

// Rows that end before a column read its default, which must then be a constant
// that the column may hold.
bool CanBeAppended(const CreateTable& table, const Column& column) {
  bool not_null = false;
  bool has_value = false;
  for (const Constraint& constraint : column.constraints) {
    switch (constraint.kind) {
      case ConstraintKind::kNotNull:
        not_null = true;
        break;
      case ConstraintKind::kDefault: {
        const absl::string_view value = table.Text(constraint.expression);
        const bool is_in_parentheses = constraint.expression.end < constraint.range.end;
        if (absl::StartsWithIgnoreCase(value, "CURRENT_") || is_in_parentheses) return false;
        has_value = !absl::EqualsIgnoreCase(value, "NULL");
        break;
      }
      case ConstraintKind::kCheck:
      case ConstraintKind::kCollate:
      case ConstraintKind::kNull:
        break;
      case ConstraintKind::kPrimaryKey:
      case ConstraintKind::kUnique:
      case ConstraintKind::kForeignKey:
      case ConstraintKind::kDeferrable:
      case ConstraintKind::kGenerated:
        return false;
    }
  }
  return has_value || !not_null;
}

}  // namespace

absl::StatusOr<bool> StoresTheSame(const SchemaObject& before, const SchemaObject& after) {
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable old_table, CreateTable::Parse(before.sql()));
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable new_table, CreateTable::Parse(after.sql()));
  const std::vector<Column>& old_columns = old_table.columns();
  const std::vector<Column>& new_columns = new_table.columns();
  if (old_table.without_rowid() != new_table.without_rowid() ||
      old_table.strict() != new_table.strict() || new_columns.size() < old_columns.size() ||
      Physical(old_table, old_table.constraints()) !=
          Physical(new_table, new_table.constraints())) {
    return false;
  }
  for (size_t i = 0; i < new_columns.size(); ++i) {
    const bool same = i < old_columns.size() ? StoresTheSameColumn(old_table, old_columns[i],
                                                                   new_table, new_columns[i])
                                             : CanBeAppended(new_table, new_columns[i]);
    if (!same) return false;
  }
  return true;
}

}  // namespace daybook::migrator::sqlite
