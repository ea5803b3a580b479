#include "migrator/app/promises.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/status_macros.h"
#include "migrator/app/made_schema.h"
#include "migrator/sqlite/planner.h"
#include "migrator/sqlite/run.h"
#include "migrator/sqltext/create_table.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::sqltext::Constraint;
using ::daybook::sqltext::ConstraintKind;
using ::daybook::sqltext::CreateTable;
using ::daybook::sqltext::SameName;
using sqlite::CheckToProve;
using sqlite::ForeignKeyToProve;
using sqlite::NotNullToProve;
using sqlite::SchemaModel;
using sqlite::SchemaObject;

bool SameColumns(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), SameName);
}

bool AreTheSame(const CheckToProve& a, const CheckToProve& b) {
  return SameName(a.table, b.table) && SameName(a.name, b.name);
}

bool AreTheSame(const NotNullToProve& a, const NotNullToProve& b) {
  return SameName(a.table, b.table) && SameName(a.column, b.column);
}

bool AreTheSame(const ForeignKeyToProve& a, const ForeignKeyToProve& b) {
  return SameName(a.table, b.table) && SameName(a.parent, b.parent) &&
         SameColumns(a.columns, b.columns);
}

bool StandsIn(const CreateTable& table, const CheckToProve& check) {
  return table.FindConstraint(check.name) != nullptr;
}

bool StandsIn(const CreateTable& table, const NotNullToProve& not_null) {
  const sqltext::Column* const column = table.FindColumn(not_null.column);
  return column != nullptr &&
         std::any_of(column->constraints.begin(), column->constraints.end(),
                     [](const Constraint& part) { return part.kind == ConstraintKind::kNotNull; });
}

bool StandsIn(const CreateTable& table, const ForeignKeyToProve& key) {
  const std::vector<const Constraint*> keys = table.ForeignKeys();
  return std::any_of(keys.begin(), keys.end(), [&](const Constraint* const other) {
    return SameName(other->references_table, key.parent) &&
           SameColumns(other->columns, key.columns);
  });
}

// Adds what a later migration promised, and forgets what it put in its place and
// what is declared no more.
template <typename Promise>
void Take(const std::vector<Promise>& more, const SchemaModel& now, std::vector<Promise>& all) {
  for (const Promise& promise : more) {
    all.erase(std::remove_if(all.begin(), all.end(),
                             [&](const Promise& earlier) { return AreTheSame(earlier, promise); }),
              all.end());
    const SchemaObject* const table = now.Find(SchemaObject::TABLE, promise.table);
    if (table == nullptr) continue;
    const auto parsed = CreateTable::Parse(table->sql());
    if (parsed.ok() && StandsIn(*parsed, promise)) all.push_back(promise);
  }
}

}  // namespace

absl::StatusOr<sqlite::Plan> PromisesOf(Connection& database, const State& state) {
  sqlite::Plan promises;
  DAYBOOK_ASSIGN_OR_RETURN(promises.after, sqlite::ReadSnapshot(database));
  DAYBOOK_ASSIGN_OR_RETURN(SchemaModel schema,
                           SchemaBeforeAll(database, promises.after, state.version()));
  sqlite::Enums enums;
  for (const sqlite::AppliedMigration& applied : state.history) {
    if (applied.strategy == sqlite::kBaseline) continue;  // it was there before all
    DAYBOOK_ASSIGN_OR_RETURN(const sqlite::Plan plan,
                             sqlite::PlanUp(applied.content, schema, enums));
    schema = plan.after;
    Take(plan.checks, promises.after, promises.checks);
    Take(plan.not_nulls, promises.after, promises.not_nulls);
    Take(plan.foreign_keys, promises.after, promises.foreign_keys);
  }
  return promises;
}

}  // namespace daybook::migrator::app
