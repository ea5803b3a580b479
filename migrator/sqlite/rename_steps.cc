// A column is renamed while programs that know either name are running: first a
// twin with the new name, which triggers keep equal; later the old name goes.

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/sqlite/scratch.h"
#include "migrator/sqlite/step_work.h"
#include "migrator/sqlite/table_shape.h"
#include "migrator/sqltext/edit.h"
#include "migrator/sqltext/name.h"
#include "migrator/sqltext/names_in.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::migration::v1::Migration;
using ::daybook::migration::v1::RenameColumn;
using ::daybook::sqltext::Column;
using ::daybook::sqltext::Constraint;
using ::daybook::sqltext::ConstraintKind;
using ::daybook::sqltext::CreateTable;
using ::daybook::sqltext::QuoteName;
using ::daybook::sqltext::SameName;

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& other) { return SameName(other, name); });
}

std::string Prefix(const RenameColumn& rename) {
  return absl::StrCat(rename.table(), "_", rename.from(), "_", rename.to(), "_");
}

// Stands in for a NOT NULL of the old column, which programs that know only the
// new one could not meet.
std::string NotNullName(const RenameColumn& rename) { return Prefix(rename) + "not_null"; }

SchemaObject Trigger(const RenameColumn& rename, const std::string& ending,
                     const std::string& sql) {
  SchemaObject trigger;
  trigger.set_kind(SchemaObject::TRIGGER);
  trigger.set_name(Prefix(rename) + ending);
  trigger.set_table(rename.table());
  trigger.set_sql(absl::StrCat("CREATE TRIGGER ", QuoteName(trigger.name()), " ", sql));
  return trigger;
}

// How a trigger finds the row that fired it.
absl::StatusOr<std::string> SameRow(const std::string& table, const StepWork& work) {
  DAYBOOK_ASSIGN_OR_RETURN(Scratch scratch, Scratch::Open(work.model));
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(scratch.database(), table));
  const std::vector<std::string> identity = shape.Identity();
  if (identity.empty()) {
    return UnsuitableError(
        absl::StrCat("triggers could not keep two columns of ", table,
                     " equal: its columns take all names of the rowid, and it has no key"));
  }
  return absl::StrJoin(identity, " AND ", [](std::string* out, const std::string& sql) {
    absl::StrAppend(out, sql, " = NEW.", sql);
  });
}

// The triggers that keep two columns equal, whichever of them a program writes.
// A row written with both keeps the new one. Values are compared to the byte, as
// a collation would call different ones equal.
absl::StatusOr<std::vector<SchemaObject>> SyncTriggers(const RenameColumn& rename,
                                                       const StepWork& work) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::string same_row, SameRow(rename.table(), work));
  const std::string table = QuoteName(rename.table());
  const std::string from = QuoteName(rename.from());
  const std::string to = QuoteName(rename.to());
  const auto differ = [](const std::string& a, const std::string& b) {
    return absl::StrCat(a, " COLLATE BINARY IS NOT ", b);
  };
  const auto set = [&](const std::string& column, const std::string& value) {
    return absl::StrCat("\nBEGIN\n  UPDATE ", table, " SET ", column, " = ", value, " WHERE ",
                        same_row, ";\nEND");
  };
  const std::string new_from = "NEW." + from;
  const std::string new_to = "NEW." + to;
  return std::vector<SchemaObject>{
      Trigger(rename, "insert_old",
              absl::StrCat("AFTER INSERT ON ", table, " WHEN ", new_to, " IS NULL AND ", new_from,
                           " IS NOT NULL", set(to, new_from))),
      Trigger(rename, "insert_new",
              absl::StrCat("AFTER INSERT ON ", table, " WHEN ", new_to, " IS NOT NULL AND ",
                           differ(new_from, new_to), set(from, new_to))),
      Trigger(
          rename, "update_old",
          absl::StrCat("AFTER UPDATE OF ", from, " ON ", table, " WHEN ",
                       differ(new_from, "OLD." + from), " AND ", new_to, " COLLATE BINARY IS OLD.",
                       to, " AND ", differ(new_to, new_from), set(to, new_from))),
      Trigger(
          rename, "update_new",
          absl::StrCat("AFTER UPDATE OF ", to, " ON ", table, " WHEN ", differ(new_to, "OLD." + to),
                       " AND ", differ(new_from, new_to), set(from, new_to))),
  };
}

// Type and collation of the old column; its other constraints bind the old one,
// to which the new one is kept equal. A default would be taken for a value that a
// program wrote.
std::string TwinSql(const CreateTable& table, const Column& column, const std::string& name) {
  std::string sql = QuoteName(name);
  if (!column.type.empty()) absl::StrAppend(&sql, " ", column.type);
  for (const Constraint& constraint : column.constraints) {
    if (constraint.kind == ConstraintKind::kCollate) {
      absl::StrAppend(&sql, " ", table.Text(constraint.range));
    }
  }
  return sql;
}

const Constraint* FindIn(const Column& column, ConstraintKind kind) {
  for (const Constraint& constraint : column.constraints) {
    if (constraint.kind == kind) return &constraint;
  }
  return nullptr;
}

bool HasDefault(const CreateTable& table, const Column& column) {
  const Constraint* const found = FindIn(column, ConstraintKind::kDefault);
  return found != nullptr && !SameName(table.Text(found->expression), "NULL");
}

absl::Status RefuseKeysAndGenerated(const CreateTable& table, const Column& column) {
  if (column.generated != sqltext::Generated::kNo) {
    return UnsuitableError(
        absl::StrCat("column ", column.name, " of ", table.name(),
                     " is generated, so no program writes it; rename it in sql"));
  }
  for (const Constraint* constraint : table.AllConstraints()) {
    if (constraint->kind == ConstraintKind::kPrimaryKey &&
        Contains(constraint->columns, column.name)) {
      return UnsuitableError(absl::StrCat("column ", column.name, " of ", table.name(),
                                          " is in its primary key, and two columns cannot be"));
    }
  }
  return absl::OkStatus();
}

// A check that refuses rows without the old column refuses all that programs
// write who know only the new one.
absl::Status RefuseChecksThatNeed(const CreateTable& table, const Column& column) {
  for (const Constraint* check : table.Checks()) {
    if (!Contains(sqltext::NamesIn(table.Text(check->expression)), column.name)) continue;
    DAYBOOK_ASSIGN_OR_RETURN(Connection apart, Connection::Open(":memory:", OpenMode::kCreate));
    std::vector<std::string> parts;
    for (const Column& other : table.columns()) parts.push_back(QuoteName(other.name));
    DAYBOOK_RETURN_IF_ERROR(
        apart.Execute(absl::StrCat("CREATE TABLE t (", absl::StrJoin(parts, ", "), ", ",
                                   absl::string_view(table.Text(check->range)), ")")));
    if (apart.Execute("INSERT INTO t DEFAULT VALUES").ok()) continue;
    return UnsuitableError(absl::StrCat(
        "`", absl::string_view(table.Text(check->range)), "` refuses rows in which ", column.name,
        " is NULL, as programs write them that know only the new name; drop the check before, and"
        " add it again when the old name is gone"));
  }
  return absl::OkStatus();
}

absl::Status PlanExpand(const RenameColumn& rename, StepWork& work) {
  DAYBOOK_ASSIGN_OR_RETURN(CreateTable table, ParseTable(work, rename.table()));
  const Column* const from = table.FindColumn(rename.from());
  if (from == nullptr || table.FindColumn(rename.to()) != nullptr) {
    return UnsuitableError(absl::StrCat(
        "table ", rename.table(), from == nullptr ? " has no column " : " has a column ",
        from == nullptr ? rename.from() : rename.to() + " already"));
  }
  DAYBOOK_RETURN_IF_ERROR(RefuseKeysAndGenerated(table, *from));
  const std::string twin = TwinSql(table, *from, rename.to());
  const Constraint* const not_null = FindIn(*from, ConstraintKind::kNotNull);
  const bool is_required = not_null != nullptr && !HasDefault(table, *from);
  if (is_required && !SameName(table.Text(not_null->range), "NOT NULL")) {
    return UnsuitableError(absl::StrCat(
        "`", absl::string_view(table.Text(not_null->range)), "` of ", rename.from(),
        " would have to go while both names live, and only a plain NOT NULL can come back"));
  }
  if (!HasDefault(table, *from)) DAYBOOK_RETURN_IF_ERROR(RefuseChecksThatNeed(table, *from));
  DAYBOOK_ASSIGN_OR_RETURN(table, sqltext::WithColumn(table, twin));
  if (is_required) {
    DAYBOOK_ASSIGN_OR_RETURN(table, sqltext::WithoutNotNull(table, rename.from()));
    DAYBOOK_ASSIGN_OR_RETURN(
        table, sqltext::WithTableConstraint(
                   table, absl::StrCat("CONSTRAINT ", QuoteName(NotNullName(rename)), " CHECK (",
                                       QuoteName(rename.from()), " IS NOT NULL OR ",
                                       QuoteName(rename.to()), " IS NOT NULL)")));
  }
  PutTable(rename.table(), table.sql(), work);
  work.new_values[rename.to()] = QuoteName(rename.from());
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<SchemaObject> triggers, SyncTriggers(rename, work));
  for (const SchemaObject& trigger : triggers) work.model.Put(trigger);
  return absl::OkStatus();
}

absl::Status RemoveTriggers(const RenameColumn& rename, StepWork& work) {
  for (const char* const ending : {"insert_old", "insert_new", "update_old", "update_new"}) {
    const std::string name = Prefix(rename) + ending;
    if (work.model.Find(SchemaObject::TRIGGER, name) == nullptr) {
      return UnsuitableError(absl::StrCat("there is no trigger ", name,
                                          ": the first half of the rename was not applied"));
    }
    work.model.Remove(SchemaObject::TRIGGER, name);
  }
  return absl::OkStatus();
}

// The table as it was before the first half.
absl::StatusOr<CreateTable> WithoutTwin(const RenameColumn& rename, const StepWork& work) {
  DAYBOOK_ASSIGN_OR_RETURN(CreateTable table, ParseTable(work, rename.table()));
  const Constraint* const not_null = table.FindConstraint(NotNullName(rename));
  if (not_null != nullptr) {
    DAYBOOK_ASSIGN_OR_RETURN(table, sqltext::WithoutConstraint(table, *not_null));
    DAYBOOK_ASSIGN_OR_RETURN(table, sqltext::WithNotNull(table, rename.from()));
  }
  const absl::StatusOr<CreateTable> without = sqltext::WithoutColumn(table, rename.to());
  return without.ok() ? without : UnsuitableError(without.status().message());
}

// Takes out what already speaks of the new name, which the old one takes now.
std::vector<SchemaObject> TakeOut(const std::string& name, SchemaModel& model) {
  std::vector<SchemaObject> taken;
  for (const SchemaObject& object : std::vector<SchemaObject>(model.objects())) {
    if (object.kind() == SchemaObject::TABLE) continue;
    if (!Contains(sqltext::NamesIn(object.sql()), name)) continue;
    taken.push_back(object);
    model.Remove(object.kind(), object.name());
  }
  return taken;
}

// SQLite itself renames the old column, in all that names it; the values of the
// new one, which are the same, are those that stay.
absl::Status PlanContract(const RenameColumn& rename, StepWork& work) {
  DAYBOOK_RETURN_IF_ERROR(RemoveTriggers(rename, work));
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable table, WithoutTwin(rename, work));
  work.before_schema.emplace_back(Mend{
      .step = work.step,
      .table = rename.table(),
      .constraint = absl::StrCat("the equality of ", rename.from(), " and ", rename.to()),
      .violation =
          absl::StrCat(QuoteName(rename.from()), " COLLATE BINARY IS NOT ", QuoteName(rename.to())),
      .policy = {}});
  work.kept_elsewhere.push_back(rename.from());
  PutTable(rename.table(), table.sql(), work);
  const std::vector<SchemaObject> taken_out = TakeOut(rename.to(), work.model);
  DAYBOOK_ASSIGN_OR_RETURN(Scratch scratch, Scratch::Open(work.model));
  DAYBOOK_ASSIGN_OR_RETURN(
      work.model,
      scratch.After(absl::StrCat("ALTER TABLE ", QuoteName(rename.table()), " RENAME COLUMN ",
                                 QuoteName(rename.from()), " TO ", QuoteName(rename.to()))));
  for (const SchemaObject& object : taken_out) work.model.Put(object);
  return absl::OkStatus();
}

}  // namespace

absl::Status PlanRenameColumn(const RenameColumn& rename, Migration::Phase phase, StepWork& work) {
  switch (phase) {
    case Migration::EXPAND:
      return PlanExpand(rename, work);
    case Migration::CONTRACT:
      return PlanContract(rename, work);
    default:
      return absl::InvalidArgumentError("rename_column needs `phase: EXPAND` or CONTRACT");
  }
}

void SetTwins(const RenameColumn& rename, Migration::Phase phase, Transition& transition) {
  if (phase == Migration::EXPAND) {
    transition.kept_elsewhere.push_back(rename.to());
  } else {
    transition.new_values[rename.from()] = QuoteName(rename.to());
  }
}

}  // namespace daybook::migrator::sqlite
