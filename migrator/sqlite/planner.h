#pragma once

#include <vector>

#include "absl/status/statusor.h"

#include "daybook/migration/v1/migration.pb.h"
#include "daybook/migration/v1/record.pb.h"
#include "migrator/sqlite/history.h"
#include "migrator/sqlite/plan.h"
#include "migrator/sqlite/step_work.h"

namespace daybook::migrator::sqlite {

// Plans touch nothing. Errors:
//   FAILED_PRECONDITION  the schema is not what the migration expects, or SQLite
//                        would not take what it asks for
//   INVALID_ARGUMENT     the migration makes no sense

// What `migration` does to a database with the schema `before`. `enums` are those
// of the migrations before it; its own are added.
absl::StatusOr<Plan> PlanUp(const migration::v1::Migration& migration, const SchemaModel& before,
                            Enums& enums);

// What takes `applied` back, given what its steps recorded.
absl::StatusOr<Plan> PlanDown(const AppliedMigration& applied, const SchemaModel& before,
                              const std::vector<migration::v1::StepRecord>& records);

// Whether the rows on disk are the same under both texts of a table, so that the
// text alone can be changed.
absl::StatusOr<bool> StoresTheSame(const SchemaObject& before, const SchemaObject& after);

// Chooses how tables are brought to their new shape: as the migration asks, or
// the quickest way that is safe. `mended` are the tables with rows that break a
// new constraint. FAILED_PRECONDITION where what the migration asks is not
// possible.
absl::Status ChooseStrategy(migration::v1::Migration::Strategy asked,
                            const std::vector<std::string>& mended, Plan& plan);

}  // namespace daybook::migrator::sqlite
