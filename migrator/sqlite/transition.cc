#include "migrator/sqlite/transition.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/sqltext/create_table.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::sqltext::Column;
using ::daybook::sqltext::ConstraintKind;
using ::daybook::sqltext::CreateTable;
using ::daybook::sqltext::SameName;

bool IsTable(const SchemaChange& change) {
  const SchemaObject& object = change.has_before() ? change.before() : change.after();
  return object.kind() == SchemaObject::TABLE;
}

bool TableGoes(const std::vector<SchemaChange>& changes, const std::string& table) {
  return std::any_of(changes.begin(), changes.end(), [&](const SchemaChange& change) {
    return IsTable(change) && !change.has_after() && SameName(change.before().name(), table);
  });
}

// The value that rows without their own have in a new column, where it is the
// same for all: such values need not be archived.
std::string ConstantDefault(const CreateTable& table, const Column& column) {
  for (const sqltext::Constraint& constraint : column.constraints) {
    if (constraint.kind != ConstraintKind::kDefault) continue;
    const std::string value(table.Text(constraint.expression));
    return absl::StartsWithIgnoreCase(value, "CURRENT_") || absl::StartsWith(value, "(") ? ""
                                                                                         : value;
  }
  return "NULL";
}

struct ColumnChanges {
  std::vector<std::pair<std::string, std::string>> gone;  // with their default
  std::vector<std::string> added;
};

absl::StatusOr<ColumnChanges> Compare(const SchemaChange& change) {
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable before, CreateTable::Parse(change.before().sql()));
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable after, CreateTable::Parse(change.after().sql()));
  ColumnChanges changes;
  for (const Column& column : before.columns()) {
    if (after.FindColumn(column.name) == nullptr) {
      changes.gone.emplace_back(column.name, ConstantDefault(before, column));
    }
  }
  for (const Column& column : after.columns()) {
    if (before.FindColumn(column.name) == nullptr) changes.added.push_back(column.name);
  }
  return changes;
}

// Only rows are looked for and set aside between the two: they see no new column.
bool MayPass(const Action& action, const Reshape& reshape) {
  if (std::holds_alternative<Mend>(action)) return true;
  const auto* const other = std::get_if<Reshape>(&action);
  return other != nullptr && !SameName(other->before.name(), reshape.before.name());
}

// An earlier reshape of the same table that this one can take over.
void TakeOverEarlier(Reshape& reshape, std::vector<Action>& actions) {
  for (size_t i = actions.size(); i > 0; --i) {
    auto* const earlier = std::get_if<Reshape>(&actions[i - 1]);
    if (earlier != nullptr && SameName(earlier->before.name(), reshape.before.name())) {
      reshape.before = earlier->before;
      reshape.new_values.merge(earlier->new_values);
      actions.erase(actions.begin() + static_cast<std::ptrdiff_t>(i) - 1);
      return;
    }
    if (!MayPass(actions[i - 1], reshape)) return;
  }
}

absl::Status AppendReshape(const SchemaChange& change, const Transition& transition,
                           std::vector<Action>& actions) {
  DAYBOOK_ASSIGN_OR_RETURN(const ColumnChanges columns, Compare(change));
  const std::string& table = change.before().name();
  for (const auto& [column, value] : columns.gone) {
    actions.emplace_back(
        Archive{.step = transition.step, .table = table, .column = column, .unless = value});
  }
  Reshape reshape{.before = change.before(), .after = change.after()};
  for (const std::string& column : columns.added) {
    const auto value = transition.new_values.find(column);
    if (value != transition.new_values.end()) reshape.new_values.insert(*value);
  }
  TakeOverEarlier(reshape, actions);
  actions.emplace_back(std::move(reshape));
  if (!transition.restores) return absl::OkStatus();
  for (const std::string& column : columns.added) {
    actions.emplace_back(Restore{.step = transition.step, .table = table, .column = column});
  }
  return absl::OkStatus();
}

void AppendDrops(const std::vector<SchemaChange>& changes, const Transition& transition,
                 std::vector<Action>& actions) {
  for (const SchemaChange& change : changes) {
    // What belongs to a table that goes, goes with it.
    if (!change.has_before() || IsTable(change) || TableGoes(changes, change.before().table())) {
      continue;
    }
    actions.emplace_back(Drop{change.before()});
  }
  for (const SchemaChange& change : changes) {
    if (!IsTable(change) || change.has_after()) continue;
    actions.emplace_back(Archive{.step = transition.step, .table = change.before().name()});
    actions.emplace_back(Drop{change.before()});
  }
}

void AppendCreates(const std::vector<SchemaChange>& changes, SchemaObject::Kind kind,
                   const Transition& transition, std::vector<Action>& actions) {
  for (const SchemaChange& change : changes) {
    if (!change.has_after() || change.after().kind() != kind) continue;
    if (IsTable(change) && change.has_before()) continue;
    actions.emplace_back(Create{change.after()});
    if (IsTable(change) && transition.restores) {
      actions.emplace_back(Restore{.step = transition.step, .table = change.after().name()});
    }
  }
}

}  // namespace

absl::Status AppendTransition(const std::vector<SchemaChange>& changes,
                              const Transition& transition, std::vector<Action>& actions) {
  AppendDrops(changes, transition, actions);
  for (const SchemaChange& change : changes) {
    if (!IsTable(change) || !change.has_before() || !change.has_after()) continue;
    DAYBOOK_RETURN_IF_ERROR(AppendReshape(change, transition, actions));
  }
  for (const auto kind :
       {SchemaObject::TABLE, SchemaObject::INDEX, SchemaObject::VIEW, SchemaObject::TRIGGER}) {
    AppendCreates(changes, kind, transition, actions);
  }
  return absl::OkStatus();
}

}  // namespace daybook::migrator::sqlite
