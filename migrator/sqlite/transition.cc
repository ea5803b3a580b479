#include "migrator/sqlite/transition.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/sqltext/create_table.h"
#include "migrator/sqltext/name.h"
#include "migrator/sqltext/names_in.h"

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

// What a row without a value of its own has in a column.
struct Default {
  std::string sql;  // "NULL" where none is declared
  bool is_constant = true;
};

Default DefaultOf(const CreateTable& table, const Column& column) {
  for (const sqltext::Constraint& constraint : column.constraints) {
    if (constraint.kind != ConstraintKind::kDefault) continue;
    const std::string value(table.Text(constraint.expression));
    // DEFAULT (…) may be anything.
    const bool is_in_parentheses = constraint.expression.end < constraint.range.end;
    return {
        .sql = absl::StrCat("(", value, ")"),
        .is_constant = !absl::StartsWithIgnoreCase(value, "CURRENT_") && !is_in_parentheses,
    };
  }
  return {.sql = "NULL"};
}

struct ColumnChange {
  std::string name;
  Default value;
};

struct ColumnChanges {
  std::vector<ColumnChange> gone;
  std::vector<ColumnChange> added;

  bool empty() const { return gone.empty() && added.empty(); }
};

absl::StatusOr<ColumnChanges> Compare(const SchemaObject& table, const SchemaObject& wanted) {
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable before, CreateTable::Parse(table.sql()));
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable after, CreateTable::Parse(wanted.sql()));
  ColumnChanges changes;
  for (const Column& column : before.columns()) {
    if (after.FindColumn(column.name) == nullptr) {
      changes.gone.push_back({.name = column.name, .value = DefaultOf(before, column)});
    }
  }
  for (const Column& column : after.columns()) {
    if (before.FindColumn(column.name) == nullptr && column.generated == sqltext::Generated::kNo) {
      changes.added.push_back({.name = column.name, .value = DefaultOf(after, column)});
    }
  }
  return changes;
}

bool Contains(const std::vector<ColumnChange>& columns, const std::string& name) {
  return std::any_of(columns.begin(), columns.end(),
                     [&](const ColumnChange& column) { return SameName(column.name, name); });
}

// It may look at anything.
bool HasSubquery(const std::string& sql) {
  return absl::StrContains(absl::AsciiStrToUpper(sql), "SELECT");
}

// Whether SQL may look at one of these columns.
bool MayMention(const std::string& sql, const std::vector<ColumnChange>& columns) {
  const std::vector<std::string> names = sqltext::NamesIn(sql);
  return HasSubquery(sql) || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
           return Contains(columns, name);
         });
}

// Whether `action`, which came behind the reshape `earlier` that makes `changes`,
// may as well come before it.
bool MayPass(const Action& action, const Reshape& earlier, const ColumnChanges& changes) {
  if (const auto* const mend = std::get_if<Mend>(&action)) {
    const bool is_elsewhere =
        !SameName(mend->table, earlier.before.name()) && !HasSubquery(mend->violation);
    return changes.empty() || is_elsewhere;
  }
  if (const auto* const archive = std::get_if<Archive>(&action)) {
    return SameName(archive->table, earlier.before.name()) && !archive->column.empty() &&
           !Contains(changes.added, archive->column);
  }
  const auto* const other = std::get_if<Reshape>(&action);
  if (other == nullptr || SameName(other->before.name(), earlier.before.name())) return false;
  return changes.empty() || other->new_values.empty();
}

// Whether both make one: the columns that the later one makes, and what it looks
// at, must mean the same in the table as it was before the earlier one.
bool AreOne(const ColumnChanges& first, const Reshape& later, const ColumnChanges& second) {
  const bool returns =
      std::any_of(second.added.begin(), second.added.end(),
                  [&](const ColumnChange& column) { return Contains(first.gone, column.name); });
  const bool looks =
      std::any_of(later.new_values.begin(), later.new_values.end(),
                  [&](const auto& value) { return MayMention(value.second, first.added); });
  return !returns && !looks;
}

// An earlier reshape of the same table that this one can take over.
absl::Status TakeOverEarlier(Reshape& reshape, const ColumnChanges& own,
                             std::vector<Action>& actions) {
  for (size_t i = actions.size(); i > 0; --i) {
    auto* const earlier = std::get_if<Reshape>(&actions[i - 1]);
    if (earlier == nullptr || !SameName(earlier->before.name(), reshape.before.name())) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const ColumnChanges changes, Compare(earlier->before, earlier->after));
    const bool is_free =
        std::all_of(actions.begin() + static_cast<std::ptrdiff_t>(i), actions.end(),
                    [&](const Action& action) { return MayPass(action, *earlier, changes); });
    if (!is_free || !AreOne(changes, reshape, own)) return absl::OkStatus();
    reshape.before = earlier->before;
    reshape.new_values.merge(earlier->new_values);
    reshape.restored.merge(earlier->restored);
    actions.erase(actions.begin() + static_cast<std::ptrdiff_t>(i) - 1);
    return absl::OkStatus();
  }
  return absl::OkStatus();
}

bool IsKeptElsewhere(const Transition& transition, const std::string& column) {
  return std::any_of(transition.kept_elsewhere.begin(), transition.kept_elsewhere.end(),
                     [&](const std::string& other) { return SameName(other, column); });
}

absl::Status AppendReshape(const SchemaChange& change, const Transition& transition,
                           std::vector<Action>& actions) {
  DAYBOOK_ASSIGN_OR_RETURN(const ColumnChanges columns, Compare(change.before(), change.after()));
  Reshape reshape{.before = change.before(), .after = change.after()};
  for (const ColumnChange& column : columns.gone) {
    if (IsKeptElsewhere(transition, column.name)) continue;
    actions.emplace_back(Archive{.step = transition.step,
                                 .table = change.before().name(),
                                 .column = column.name,
                                 .unless = column.value.is_constant ? column.value.sql : ""});
  }
  for (const ColumnChange& column : columns.added) {
    const auto value = transition.new_values.find(column.name);
    if (value != transition.new_values.end()) {
      reshape.new_values.insert(*value);
    } else if (transition.restores) {
      reshape.new_values[column.name] = column.value.sql;
      reshape.restored[column.name] = transition.step;
    }
  }
  DAYBOOK_RETURN_IF_ERROR(TakeOverEarlier(reshape, columns, actions));
  actions.emplace_back(std::move(reshape));
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

// They went with the view that was replaced.
void AppendTriggersOf(const SchemaObject& view, const std::vector<SchemaChange>& changes,
                      const Transition& transition, std::vector<Action>& actions) {
  for (const SchemaObject& trigger : transition.wanted.Of(view.name())) {
    const bool is_made_anyway =
        std::any_of(changes.begin(), changes.end(), [&](const SchemaChange& change) {
          return change.has_after() && change.after().kind() == trigger.kind() &&
                 SameName(change.after().name(), trigger.name());
        });
    if (!is_made_anyway) actions.emplace_back(Create{trigger});
  }
}

void AppendCreates(const std::vector<SchemaChange>& changes, SchemaObject::Kind kind,
                   const Transition& transition, std::vector<Action>& actions) {
  for (const SchemaChange& change : changes) {
    if (!change.has_after() || change.after().kind() != kind) continue;
    if (IsTable(change) && change.has_before()) continue;
    actions.emplace_back(Create{change.after()});
    if (kind == SchemaObject::VIEW && change.has_before()) {
      AppendTriggersOf(change.after(), changes, transition, actions);
    }
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
