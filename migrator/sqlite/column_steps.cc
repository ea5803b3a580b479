#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/sqlite/check_sql.h"
#include "migrator/sqlite/scratch.h"
#include "migrator/sqlite/step_work.h"
#include "migrator/sqlite/table_shape.h"
#include "migrator/sqlite/table_sql.h"
#include "migrator/sqltext/edit.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::migration::v1::AddColumn;
using ::daybook::migration::v1::Backfill;
using ::daybook::migration::v1::DropColumn;
using ::daybook::migration::v1::Migration;
using ::daybook::migration::v1::RenameColumn;
using ::daybook::sqltext::Column;
using ::daybook::sqltext::ConstraintKind;
using ::daybook::sqltext::CreateTable;
using ::daybook::sqltext::QuoteName;

// A condition that a row must meet to get a value; none is all rows.
std::string WhereOf(const migration::v1::Fill& fill) {
  const std::string& where = SqlOf(fill.where());
  return where.empty() ? "1" : where;
}

bool IsConstant(const std::string& default_sql) {
  return !absl::StartsWithIgnoreCase(default_sql, "CURRENT_") &&
         !absl::StartsWith(default_sql, "(");
}

absl::Status RefuseIndexesOf(const std::string& table, const std::string& column,
                             const StepWork& work) {
  DAYBOOK_ASSIGN_OR_RETURN(Scratch scratch, Scratch::Open(work.model));
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> indexes,
                           scratch.IndexesOver(table, column));
  if (indexes.empty()) return absl::OkStatus();
  return UnsuitableError(absl::StrCat("column ", column, " of ", table, " cannot go: index ",
                                      absl::StrJoin(indexes, ", "),
                                      " is over it; replace the index in a step before"));
}

absl::Status TakeColumnAway(const std::string& table_name, const std::string& column,
                            StepWork& work) {
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable table, ParseTable(work, table_name));
  if (table.FindColumn(column) == nullptr) {
    return UnsuitableError(absl::StrCat("table ", table_name, " has no column ", column));
  }
  DAYBOOK_RETURN_IF_ERROR(RefuseIndexesOf(table_name, column, work));
  const absl::StatusOr<CreateTable> changed = sqltext::WithoutColumn(table, column);
  if (!changed.ok()) return UnsuitableError(changed.status().message());
  PutTable(table_name, changed->sql(), work);
  return absl::OkStatus();
}

SchemaObject Trigger(const std::string& name, const std::string& table, const std::string& sql) {
  SchemaObject trigger;
  trigger.set_kind(SchemaObject::TRIGGER);
  trigger.set_name(name);
  trigger.set_table(table);
  trigger.set_sql(absl::StrCat("CREATE TRIGGER ", QuoteName(name), " ", sql));
  return trigger;
}

// How a trigger finds the row that fired it.
absl::StatusOr<std::string> SameRow(const std::string& table, const StepWork& work) {
  DAYBOOK_ASSIGN_OR_RETURN(Scratch scratch, Scratch::Open(work.model));
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(scratch.database(), table));
  if (!shape.rowid.empty()) return absl::StrCat(shape.rowid, " = NEW.", shape.rowid);
  std::vector<std::string> equal;
  for (const std::string& key : shape.key) {
    equal.push_back(absl::StrCat(QuoteName(key), " = NEW.", QuoteName(key)));
  }
  return absl::StrJoin(equal, " AND ");
}

// The triggers that keep two columns equal, whichever of them a program writes.
// A row written with both keeps the new one.
absl::StatusOr<std::vector<SchemaObject>> SyncTriggers(const RenameColumn& rename,
                                                       const StepWork& work) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::string same_row, SameRow(rename.table(), work));
  const std::string table = QuoteName(rename.table());
  const std::string from = QuoteName(rename.from());
  const std::string to = QuoteName(rename.to());
  const std::string prefix =
      absl::StrCat(rename.table(), "_", rename.from(), "_", rename.to(), "_");
  const auto set = [&](const std::string& column, const std::string& value) {
    return absl::StrCat("BEGIN\n  UPDATE ", table, " SET ", column, " = ", value, " WHERE ",
                        same_row, ";\nEND");
  };
  return std::vector<SchemaObject>{
      Trigger(prefix + "insert_old", rename.table(),
              absl::StrCat("AFTER INSERT ON ", table, " WHEN NEW.", to, " IS NULL AND NEW.", from,
                           " IS NOT NULL\n", set(to, "NEW." + from))),
      Trigger(prefix + "insert_new", rename.table(),
              absl::StrCat("AFTER INSERT ON ", table, " WHEN NEW.", to, " IS NOT NULL AND NEW.",
                           from, " IS NOT NEW.", to, "\n", set(from, "NEW." + to))),
      Trigger(prefix + "update_old", rename.table(),
              absl::StrCat("AFTER UPDATE OF ", from, " ON ", table, " WHEN NEW.", from,
                           " IS NOT OLD.", from, " AND NEW.", to, " IS OLD.", to, " AND NEW.", to,
                           " IS NOT NEW.", from, "\n", set(to, "NEW." + from))),
      Trigger(
          prefix + "update_new", rename.table(),
          absl::StrCat("AFTER UPDATE OF ", to, " ON ", table, " WHEN NEW.", to, " IS NOT OLD.", to,
                       " AND NEW.", from, " IS NOT NEW.", to, "\n", set(from, "NEW." + to))),
  };
}

// Type and collation of the old column; its other constraints bind the old one,
// to which the new one is kept equal.
std::string TwinSql(const CreateTable& table, const Column& column, const std::string& name) {
  std::string sql = QuoteName(name);
  if (!column.type.empty()) absl::StrAppend(&sql, " ", column.type);
  for (const sqltext::Constraint& constraint : column.constraints) {
    if (constraint.kind == ConstraintKind::kCollate) {
      absl::StrAppend(&sql, " ", table.Text(constraint.range));
    }
  }
  return sql;
}

absl::Status PlanExpand(const RenameColumn& rename, StepWork& work) {
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable table, ParseTable(work, rename.table()));
  const Column* const from = table.FindColumn(rename.from());
  if (from == nullptr || table.FindColumn(rename.to()) != nullptr) {
    return UnsuitableError(absl::StrCat(
        "table ", rename.table(), from == nullptr ? " has no column " : " has a column ",
        from == nullptr ? rename.from() : rename.to() + " already"));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable changed,
                           sqltext::WithColumn(table, TwinSql(table, *from, rename.to())));
  PutTable(rename.table(), changed.sql(), work);
  work.after_schema.emplace_back(Fill{.step = work.step,
                                      .table = rename.table(),
                                      .column = rename.to(),
                                      .value = QuoteName(rename.from()),
                                      .where = "1"});
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<SchemaObject> triggers, SyncTriggers(rename, work));
  for (const SchemaObject& trigger : triggers) work.model.Put(trigger);
  return absl::OkStatus();
}

absl::Status PlanContract(const RenameColumn& rename, StepWork& work) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<SchemaObject> triggers, SyncTriggers(rename, work));
  for (const SchemaObject& trigger : triggers) {
    if (work.model.Find(SchemaObject::TRIGGER, trigger.name()) == nullptr) {
      return UnsuitableError(absl::StrCat("there is no trigger ", trigger.name(),
                                          ": the first half of the rename was not applied"));
    }
    work.model.Remove(SchemaObject::TRIGGER, trigger.name());
  }
  return TakeColumnAway(rename.table(), rename.from(), work);
}

}  // namespace

absl::Status PlanAddColumn(const AddColumn& add, StepWork& work) {
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable table, ParseTable(work, add.table()));
  const migration::v1::NewColumn& column = add.column();
  if (table.FindColumn(column.name()) != nullptr) {
    return UnsuitableError(
        absl::StrCat("table ", add.table(), " has a column ", column.name(), " already"));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::string column_sql,
                           ColumnSql(add.table(), column, table.strict(), work.enums));
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable changed, sqltext::WithColumn(table, column_sql));
  PutTable(add.table(), changed.sql(), work);
  const std::string present =
      column.default_value().empty() ? "NULL" : absl::StrCat("(", column.default_value(), ")");
  if (add.has_backfill()) {
    work.new_values[column.name()] =
        absl::StrCat("CASE WHEN ", WhereOf(add.backfill()), " THEN (",
                     SqlOf(add.backfill().value()), ") ELSE ", present, " END");
  } else if (add.backfill_null()) {
    work.new_values[column.name()] = "NULL";
  } else if (!IsConstant(column.default_value())) {
    work.new_values[column.name()] = present;
  }
  return absl::OkStatus();
}

absl::Status PlanDropColumn(const DropColumn& drop, StepWork& work) {
  return TakeColumnAway(drop.table(), drop.column(), work);
}

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

absl::Status PlanBackfill(const Backfill& backfill, StepWork& work) {
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable table, ParseTable(work, backfill.table()));
  if (table.FindColumn(backfill.column()) == nullptr) {
    return UnsuitableError(
        absl::StrCat("table ", backfill.table(), " has no column ", backfill.column()));
  }
  std::string where = absl::StrCat("(", WhereOf(backfill.fill()), ")");
  if (!backfill.overwrite())
    absl::StrAppend(&where, " AND ", QuoteName(backfill.column()), " IS NULL");
  work.after_schema.emplace_back(Fill{.step = work.step,
                                      .table = backfill.table(),
                                      .column = backfill.column(),
                                      .value = SqlOf(backfill.fill().value()),
                                      .where = where,
                                      .keeps_before = true});
  return absl::OkStatus();
}

absl::Status PlanScript(const migration::v1::RunSql& script, StepWork& work) {
  const std::string& sql = SqlOf(script.up());
  DAYBOOK_ASSIGN_OR_RETURN(Scratch scratch, Scratch::Open(work.model));
  DAYBOOK_ASSIGN_OR_RETURN(work.model, scratch.After(sql));
  work.after_schema.emplace_back(RunScript{.step = work.step, .sql = sql});
  work.freely_changed.assign(script.changes_table().begin(), script.changes_table().end());
  return absl::OkStatus();
}

}  // namespace daybook::migrator::sqlite
