#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/sqlite/check_sql.h"
#include "migrator/sqlite/scratch.h"
#include "migrator/sqlite/step_work.h"
#include "migrator/sqlite/table_sql.h"
#include "migrator/sqltext/edit.h"
#include "migrator/sqltext/name.h"
#include "migrator/sqltext/names_in.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::migration::v1::AddColumn;
using ::daybook::migration::v1::Backfill;
using ::daybook::migration::v1::DropColumn;
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

// A trigger on nothing but columns that are not there never fires, without a word.
absl::Status RefuseTriggersOn(const std::string& table, const std::string& column,
                              const StepWork& work) {
  for (const SchemaObject& object : work.model.Of(table)) {
    if (object.kind() != SchemaObject::TRIGGER) continue;
    for (const std::string& name : sqltext::UpdatedColumns(object.sql())) {
      if (!sqltext::SameName(name, column)) continue;
      return UnsuitableError(absl::StrCat("column ", column, " of ", table, " cannot go: trigger ",
                                          object.name(), " fires when it is updated"));
    }
  }
  return absl::OkStatus();
}

absl::Status TakeColumnAway(const std::string& table_name, const std::string& column,
                            StepWork& work) {
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable table, ParseTable(work, table_name));
  DAYBOOK_RETURN_IF_ERROR(RefuseMissingColumn(table, column));
  DAYBOOK_RETURN_IF_ERROR(RefuseIndexesOf(table_name, column, work));
  DAYBOOK_RETURN_IF_ERROR(RefuseTriggersOn(table_name, column, work));
  const absl::StatusOr<CreateTable> changed = sqltext::WithoutColumn(table, column);
  if (!changed.ok()) return UnsuitableError(changed.status().message());
  PutTable(table_name, changed->sql(), work);
  return absl::OkStatus();
}

bool IsInKey(const CreateTable& table, const std::string& column) {
  for (const sqltext::Constraint* constraint : table.AllConstraints()) {
    if (constraint->kind != ConstraintKind::kPrimaryKey) continue;
    for (const std::string& name : constraint->columns) {
      if (sqltext::SameName(name, column)) return true;
    }
  }
  return false;
}

// Tries the default in a table that has this column alone.
absl::Status TryDefault(const CreateTable& table, const Column& column) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection apart, Connection::Open(":memory:", OpenMode::kCreate));
  DAYBOOK_RETURN_IF_ERROR(apart.Execute(absl::StrCat("CREATE TABLE ", QuoteName(table.name()), " (",
                                                     absl::string_view(table.Text(column.range)),
                                                     ")", table.strict() ? " STRICT" : "")));
  absl::Status tried =
      apart.Execute(absl::StrCat("INSERT INTO ", QuoteName(table.name()), " DEFAULT VALUES"));
  if (tried.ok()) return tried;
  return UnsuitableError(absl::StrCat("the default of ", table.name(), ".", column.name,
                                      " is not what it takes: ", apart.LastRefusal().message));
}

}  // namespace

absl::Status ProveColumn(const std::string& table_name, const migration::v1::NewColumn& column,
                         StepWork& work) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto check, TypeCheck(table_name, column, work.enums));
  if (check) DAYBOOK_RETURN_IF_ERROR(ProveCheck(*check, work));
  if (column.not_null()) work.not_nulls.push_back({.table = table_name, .column = column.name()});
  if (column.default_value().empty()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable table, ParseTable(work, table_name));
  return TryDefault(table, *table.FindColumn(column.name()));
}

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
  DAYBOOK_RETURN_IF_ERROR(ProveColumn(add.table(), column, work));
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

absl::Status PlanBackfill(const Backfill& backfill, StepWork& work) {
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable table, ParseTable(work, backfill.table()));
  DAYBOOK_RETURN_IF_ERROR(RefuseMissingColumn(table, backfill.column()));
  const Column* const column = table.FindColumn(backfill.column());
  if (column->generated != sqltext::Generated::kNo || IsInKey(table, column->name)) {
    return UnsuitableError(absl::StrCat("column ", column->name, " of ", table.name(),
                                        " is generated or in the primary key, and cannot be"
                                        " filled"));
  }
  std::string where = absl::StrCat("(", WhereOf(backfill.fill()), ")");
  if (!backfill.overwrite()) {
    absl::StrAppend(&where, " AND ", QuoteName(backfill.column()), " IS NULL");
  }
  work.after_schema.emplace_back(Fill{.step = work.step,
                                      .table = backfill.table(),
                                      .column = backfill.column(),
                                      .value = SqlOf(backfill.fill().value()),
                                      .where = where});
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
