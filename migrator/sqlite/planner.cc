#include "migrator/sqlite/planner.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/sqlite/check_sql.h"
#include "migrator/sqlite/mend.h"
#include "migrator/sqlite/scratch.h"
#include "migrator/sqlite/script_down.h"
#include "migrator/sqlite/transition.h"
#include "migrator/sqltext/create_table.h"
#include "migrator/sqltext/names_in.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::migration::v1::Migration;
using ::daybook::migration::v1::Step;
using ::daybook::migration::v1::StepRecord;
using ::daybook::sqltext::CreateTable;

absl::Status PlanStep(const Step& step, Migration::Phase phase, StepWork& work) {
  switch (step.change_case()) {
    case Step::kAddCheck:
      return PlanAddCheck(step.add_check(), work);
    case Step::kDropCheck:
      return PlanDropCheck(step.drop_check(), work);
    case Step::kAlterForeignKey:
      return PlanAlterForeignKey(step.alter_foreign_key(), work);
    case Step::kAddForeignKey:
      return PlanAddForeignKey(step.add_foreign_key(), work);
    case Step::kAddColumn:
      return PlanAddColumn(step.add_column(), work);
    case Step::kDropColumn:
      return PlanDropColumn(step.drop_column(), work);
    case Step::kRenameColumn:
      return PlanRenameColumn(step.rename_column(), phase, work);
    case Step::kCreateTable:
      return PlanCreateTable(step.create_table(), work);
    case Step::kDropTable:
      return PlanDropTable(step.drop_table(), work);
    case Step::kCreateIndex:
      return PlanCreateIndex(step.create_index(), work);
    case Step::kReplaceIndex:
      return PlanReplaceIndex(step.replace_index(), work);
    case Step::kAddEnum:
      work.enums[step.add_enum().name()] = step.add_enum();
      return absl::OkStatus();
    case Step::kBackfill:
      return PlanBackfill(step.backfill(), work);
    case Step::kSql:
      return PlanScript(step.sql(), work);
    case Step::CHANGE_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("the step is empty");
}

template <typename T>
void MoveTo(std::vector<T>& to, std::vector<T>& from) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

StepRecord RecordOf(const std::vector<SchemaChange>& changes) {
  StepRecord record;
  record.mutable_change()->Assign(changes.begin(), changes.end());
  return record;
}

std::vector<SchemaChange> ChangesIn(const StepRecord& record) {
  return {record.change().begin(), record.change().end()};
}

std::vector<SchemaChange> Inverse(const std::vector<SchemaChange>& changes) {
  std::vector<SchemaChange> inverse;
  for (const SchemaChange& change : changes) {
    SchemaChange& back = inverse.emplace_back();
    if (change.has_after()) *back.mutable_before() = change.after();
    if (change.has_before()) *back.mutable_after() = change.before();
  }
  std::reverse(inverse.begin(), inverse.end());
  return inverse;
}

absl::Status InStep(int number, const absl::Status& error) {
  return absl::Status(error.code(), absl::StrCat("step ", number, ": ", error.message()));
}

// Views and triggers are compiled when they are used, so SQLite takes schemas in
// which they no longer work.
absl::Status CheckUsable(const SchemaModel& before, const SchemaModel& after) {
  DAYBOOK_ASSIGN_OR_RETURN(Scratch old_scratch, Scratch::Open(before));
  DAYBOOK_ASSIGN_OR_RETURN(Scratch new_scratch, Scratch::Open(after));
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> broken, old_scratch.Unusable(before));
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<std::string> unusable, new_scratch.Unusable(after));
  std::erase_if(unusable, [&](const std::string& one) {
    return std::find(broken.begin(), broken.end(), one) != broken.end();
  });
  if (unusable.empty()) return absl::OkStatus();
  return UnsuitableError(
      absl::StrCat("after the migration these could not be used: ", absl::StrJoin(unusable, "; ")));
}

// A name in quotes that no column has is text to SQLite, so asking it would not
// tell.
bool CanBeCounted(const Mend& mend, const SchemaModel& before, const SchemaModel& model) {
  const SchemaObject* const was = before.Find(SchemaObject::TABLE, mend.table);
  const SchemaObject* const is = model.Find(SchemaObject::TABLE, mend.table);
  if (was == nullptr || is == nullptr) return false;
  const auto old_table = CreateTable::Parse(was->sql());
  const auto table = CreateTable::Parse(is->sql());
  if (!old_table.ok() || !table.ok()) return false;
  const std::vector<std::string> names = sqltext::NamesIn(mend.violation);
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return table->FindColumn(name) == nullptr || old_table->FindColumn(name) != nullptr;
  });
}

// Whether an earlier step makes what a foreign key is to reference.
bool IsNew(const std::string& parent, const SchemaModel& before, const SchemaModel& model) {
  const SchemaObject* const was = before.Find(SchemaObject::TABLE, parent);
  const SchemaObject* const is = model.Find(SchemaObject::TABLE, parent);
  return was == nullptr || is == nullptr || was->sql() != is->sql();
}

absl::Status AppendStep(const Step& step, Migration::Phase phase, StepWork& work, Plan& plan) {
  const SchemaModel was = work.model;
  DAYBOOK_RETURN_IF_ERROR(PlanStep(step, phase, work));
  for (Action& action : work.before_schema) {
    auto* const mend = std::get_if<Mend>(&action);
    if (mend == nullptr) continue;
    mend->can_be_counted = CanBeCounted(*mend, plan.before, was) &&
                           !(step.has_add_foreign_key() &&
                             IsNew(step.add_foreign_key().references_table(), plan.before, was));
  }
  const std::vector<SchemaChange> changes = work.model.Since(was);
  plan.records.push_back(RecordOf(changes));
  MoveTo(plan.actions, work.before_schema);
  if (!step.has_sql()) {  // a script makes its changes itself
    DAYBOOK_RETURN_IF_ERROR(AppendTransition(changes,
                                             {.step = work.step,
                                              .wanted = work.model,
                                              .kept_elsewhere = work.kept_elsewhere,
                                              .new_values = work.new_values},
                                             plan.actions));
  }
  MoveTo(plan.actions, work.after_schema);
  MoveTo(plan.checks, work.checks);
  MoveTo(plan.not_nulls, work.not_nulls);
  MoveTo(plan.foreign_keys, work.foreign_keys);
  MoveTo(plan.freely_changed, work.freely_changed);
  return absl::OkStatus();
}

bool Has(const SchemaModel& model, const CheckToProve& check) {
  const SchemaObject* const object = model.Find(SchemaObject::TABLE, check.table);
  if (object == nullptr) return false;
  const auto table = CreateTable::Parse(object->sql());
  return table.ok() && table->FindConstraint(check.name) != nullptr;
}

bool Has(const SchemaModel& model, const NotNullToProve& not_null) {
  const SchemaObject* const object = model.Find(SchemaObject::TABLE, not_null.table);
  if (object == nullptr) return false;
  const auto table = CreateTable::Parse(object->sql());
  return table.ok() && table->FindColumn(not_null.column) != nullptr;
}

// What a later step has taken away again need not be proved.
void ForgetWhatIsGone(Plan& plan) {
  std::erase_if(plan.checks, [&](const CheckToProve& check) { return !Has(plan.after, check); });
  std::erase_if(plan.not_nulls,
                [&](const NotNullToProve& not_null) { return !Has(plan.after, not_null); });
  std::erase_if(plan.foreign_keys, [&](const ForeignKeyToProve& key) {
    return plan.after.Find(SchemaObject::TABLE, key.table) == nullptr ||
           plan.after.Find(SchemaObject::TABLE, key.parent) == nullptr;
  });
}

// What rows must meet again when a table gets back a check that it had.
absl::Status AppendOldChecks(const SchemaChange& change, int number, Plan& plan) {
  if (!change.has_before() || !change.has_after()) return absl::OkStatus();
  if (change.after().kind() != SchemaObject::TABLE) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable before, CreateTable::Parse(change.before().sql()));
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable after, CreateTable::Parse(change.after().sql()));
  std::set<std::string> present;
  for (const sqltext::Constraint* check : before.Checks()) {
    present.emplace(before.Text(check->expression));
  }
  for (const sqltext::Constraint* check : after.Checks()) {
    const std::string condition(after.Text(check->expression));
    const std::vector<std::string> names = sqltext::NamesIn(condition);
    const bool is_about_present =
        std::all_of(names.begin(), names.end(), [&](const std::string& name) {
          return after.FindColumn(name) == nullptr || before.FindColumn(name) != nullptr;
        });
    if (present.contains(condition) || !is_about_present) continue;
    plan.actions.emplace_back(Mend{.step = number,
                                   .table = change.after().name(),
                                   .constraint = check->failure_name,
                                   .violation = absl::StrCat("NOT (", condition, ")"),
                                   .policy = {},
                                   .is_old = true});
  }
  return absl::OkStatus();
}

// What a step did to rows, undone when the schema is what it was.
void AppendRowsBack(const Step& step, int number, Plan& plan) {
  if (step.has_add_check() || step.has_add_foreign_key()) {
    plan.actions.emplace_back(PutBack{.step = number});
  }
  if (step.has_backfill()) {
    plan.actions.emplace_back(Restore{
        .step = number, .table = step.backfill().table(), .column = step.backfill().column()});
  }
}

absl::Status AppendStepDown(const Step& step, Migration::Phase phase, int number,
                            const StepRecord& record, Plan& plan) {
  if (step.has_sql()) return AppendScriptDown(step.sql(), number, record, plan);
  const std::vector<SchemaChange> changes = ChangesIn(record);
  DAYBOOK_RETURN_IF_ERROR(plan.after.Undo(changes));
  const std::vector<SchemaChange> inverse = Inverse(changes);
  for (const SchemaChange& change : inverse) {
    DAYBOOK_RETURN_IF_ERROR(AppendOldChecks(change, number, plan));
  }
  Transition transition{.step = number, .wanted = plan.after, .restores = true};
  if (step.has_rename_column()) SetTwins(step.rename_column(), phase, transition);
  DAYBOOK_RETURN_IF_ERROR(AppendTransition(inverse, transition, plan.actions));
  AppendRowsBack(step, number, plan);
  return absl::OkStatus();
}

// What is known before the migration, apart from the rows that were counted.
bool WritesNoRow(const Action& action) {
  if (const auto* const reshape = std::get_if<Reshape>(&action)) {
    return reshape->method == Reshape::Method::kEdit;
  }
  const auto* const mend = std::get_if<Mend>(&action);
  return mend != nullptr && (mend->can_be_counted || !Decides(mend->policy));
}

}  // namespace

absl::StatusOr<Plan> PlanUp(const Migration& migration, const SchemaModel& before, Enums& enums) {
  Plan plan;
  plan.version = migration.version();
  plan.before = before;
  plan.after = before;
  for (int i = 0; i < migration.step_size(); ++i) {
    StepWork work{.step = i + 1, .enums = enums, .model = plan.after};
    if (absl::Status added = AppendStep(migration.step(i), migration.phase(), work, plan);
        !added.ok()) {
      return InStep(i + 1, added);
    }
  }
  ForgetWhatIsGone(plan);
  DAYBOOK_RETURN_IF_ERROR(CheckUsable(plan.before, plan.after));
  return plan;
}

absl::StatusOr<Plan> PlanDown(const AppliedMigration& applied, const SchemaModel& before,
                              const std::vector<StepRecord>& records) {
  const Migration& migration = applied.content;
  Plan plan;
  plan.version = migration.version();
  plan.is_down = true;
  plan.before = before;
  plan.after = before;
  for (int number = migration.step_size(); number > 0; --number) {
    const auto index = static_cast<size_t>(number) - 1;
    const StepRecord record = index < records.size() ? records[index] : StepRecord();
    if (absl::Status added =
            AppendStepDown(migration.step(number - 1), migration.phase(), number, record, plan);
        !added.ok()) {
      return InStep(number, added);
    }
  }
  // What could not be used before the migration, such as a view over a table that
  // it made, need not be afterwards.
  const bool is_as_before = plan.after.Digest() == applied.schema_before;
  if (!is_as_before) DAYBOOK_RETURN_IF_ERROR(CheckUsable(plan.before, plan.after));
  return plan;
}

absl::Status ChooseStrategy(Migration::Strategy asked, const std::vector<std::string>& mended,
                            Plan& plan) {
  if (asked == Migration::STAGED) {
    return UnsuitableError("`strategy: STAGED` is not possible: all steps are one transaction");
  }
  for (Action& action : plan.actions) {
    auto* const reshape = std::get_if<Reshape>(&action);
    if (reshape == nullptr) continue;
    const bool may_edit = asked != Migration::SINGLE_TX && reshape->new_values.empty();
    DAYBOOK_ASSIGN_OR_RETURN(const bool stores_the_same,
                             StoresTheSame(reshape->before, reshape->after));
    reshape->method =
        may_edit && stores_the_same ? Reshape::Method::kEdit : Reshape::Method::kRebuild;
  }
  const bool writes_no_row =
      std::all_of(plan.actions.begin(), plan.actions.end(), WritesNoRow) && mended.empty();
  if (asked == Migration::SCHEMA_EDIT && !writes_no_row) {
    return UnsuitableError(
        "`strategy: SCHEMA_EDIT` is not possible: rows or indexes must be written");
  }
  plan.strategy = Plan::Strategy::kSingleTransaction;
  if (asked == Migration::BLUE_GREEN) plan.strategy = Plan::Strategy::kBlueGreen;
  if (asked != Migration::BLUE_GREEN && writes_no_row && !plan.actions.empty()) {
    plan.strategy = Plan::Strategy::kSchemaEdit;
  }
  return absl::OkStatus();
}

}  // namespace daybook::migrator::sqlite
