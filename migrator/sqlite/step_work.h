#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "daybook/migration/v1/migration.pb.h"
#include "migrator/sqlite/plan.h"
#include "migrator/sqlite/schema_model.h"
#include "migrator/sqlite/transition.h"
#include "migrator/sqltext/create_table.h"

namespace daybook::migrator::sqlite {

// The enums that add_enum steps have declared, by name.
using Enums = std::map<std::string, migration::v1::AddEnum>;

// One step being planned: what it turns the schema into, and what it does to
// rows before and after that. How to get from one schema to the other is not a
// step's business.
struct StepWork {
  int step = 0;
  Enums& enums;
  SchemaModel& model;

  std::vector<Action> before_schema = {};
  std::vector<Action> after_schema = {};
  // Values of columns that are new, as SQL over the row as it was.
  std::map<std::string, std::string> new_values = {};
  // Columns whose values need no archive when they go, as they stand elsewhere.
  std::vector<std::string> kept_elsewhere = {};
  std::vector<CheckToProve> checks = {};
  std::vector<NotNullToProve> not_nulls = {};
  std::vector<ForeignKeyToProve> foreign_keys = {};
  std::vector<std::string> freely_changed = {};
};

// The table as the model has it. FAILED_PRECONDITION where there is none.
absl::StatusOr<sqltext::CreateTable> ParseTable(const StepWork& work, const std::string& table);

// FAILED_PRECONDITION where the table has no such column: to SQLite a name in
// quotes that it does not know may be text.
absl::Status RefuseMissingColumn(const sqltext::CreateTable& table, const std::string& column);

// Gives a table of the model another text.
void PutTable(const std::string& table, const std::string& sql, StepWork& work);

// Has a check proved that a table of the model has by now.
absl::Status ProveCheck(const migration::v1::AddCheck& check, StepWork& work);

// Has proved what comes with a column that a table of the model has by now, and
// its default tried: every row without a value of its own would have it.
// FAILED_PRECONDITION where it is not what the column takes.
absl::Status ProveColumn(const std::string& table, const migration::v1::NewColumn& column,
                         StepWork& work);

void ProveForeignKey(const std::string& table, const migration::v1::AddForeignKey& key,
                     StepWork& work);

// How errors speak of what the database is not as the migration expects.
absl::Status UnsuitableError(absl::string_view message);

absl::Status PlanAddCheck(const migration::v1::AddCheck& check, StepWork& work);
absl::Status PlanDropCheck(const migration::v1::DropCheck& drop, StepWork& work);

absl::Status PlanAlterForeignKey(const migration::v1::AlterForeignKey& alter, StepWork& work);
absl::Status PlanAddForeignKey(const migration::v1::AddForeignKey& key, StepWork& work);

absl::Status PlanAddColumn(const migration::v1::AddColumn& add, StepWork& work);
absl::Status PlanDropColumn(const migration::v1::DropColumn& drop, StepWork& work);
absl::Status PlanRenameColumn(const migration::v1::RenameColumn& rename,
                              migration::v1::Migration::Phase phase, StepWork& work);
// For the way back: what becomes of the two columns that are kept equal.
void SetTwins(const migration::v1::RenameColumn& rename, migration::v1::Migration::Phase phase,
              Transition& transition);
absl::Status PlanBackfill(const migration::v1::Backfill& backfill, StepWork& work);

absl::Status PlanCreateTable(const migration::v1::CreateTable& create, StepWork& work);
absl::Status PlanDropTable(const migration::v1::DropTable& drop, StepWork& work);

absl::Status PlanCreateIndex(const migration::v1::CreateIndex& create, StepWork& work);
absl::Status PlanReplaceIndex(const migration::v1::ReplaceIndex& replace, StepWork& work);

absl::Status PlanScript(const migration::v1::RunSql& script, StepWork& work);

}  // namespace daybook::migrator::sqlite
