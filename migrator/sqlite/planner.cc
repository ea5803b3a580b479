#include "migrator/sqlite/planner.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/sqlite/check_sql.h"
#include "migrator/sqlite/scratch.h"
#include "migrator/sqlite/transition.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::migration::v1::Migration;
using ::daybook::migration::v1::Step;
using ::daybook::migration::v1::StepRecord;
using ::daybook::sqltext::SameName;

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

absl::Status AppendStep(const Step& step, Migration::Phase phase, StepWork& work, Plan& plan) {
  const SchemaModel was = work.model;
  DAYBOOK_RETURN_IF_ERROR(PlanStep(step, phase, work));
  const std::vector<SchemaChange> changes = work.model.Since(was);
  plan.records.push_back(RecordOf(changes));
  MoveTo(plan.actions, work.before_schema);
  if (!step.has_sql()) {  // a script makes its changes itself
    DAYBOOK_RETURN_IF_ERROR(AppendTransition(
        changes, {.step = work.step, .new_values = work.new_values}, plan.actions));
  }
  MoveTo(plan.actions, work.after_schema);
  MoveTo(plan.checks, work.checks);
  MoveTo(plan.foreign_keys, work.foreign_keys);
  MoveTo(plan.freely_changed, work.freely_changed);
  return absl::OkStatus();
}

absl::Status AppendScriptDown(const migration::v1::RunSql& script, int number, Plan& plan) {
  if (!script.has_down()) {
    return UnsuitableError(script.irreversible().empty()
                               ? "it has no `down`"
                               : absl::StrCat("it cannot be taken back: ", script.irreversible()));
  }
  DAYBOOK_ASSIGN_OR_RETURN(Scratch scratch, Scratch::Open(plan.after));
  DAYBOOK_ASSIGN_OR_RETURN(plan.after, scratch.After(SqlOf(script.down())));
  plan.actions.emplace_back(RunScript{.step = number, .sql = SqlOf(script.down())});
  plan.freely_changed.insert(plan.freely_changed.end(), script.changes_table().begin(),
                             script.changes_table().end());
  return absl::OkStatus();
}

absl::Status AppendStepDown(const Step& step, int number, const StepRecord& record, Plan& plan) {
  if (step.has_sql()) return AppendScriptDown(step.sql(), number, plan);
  const std::vector<SchemaChange> changes = ChangesIn(record);
  DAYBOOK_RETURN_IF_ERROR(plan.after.Undo(changes));
  DAYBOOK_RETURN_IF_ERROR(
      AppendTransition(Inverse(changes), {.step = number, .restores = true}, plan.actions));
  plan.actions.emplace_back(PutBack{.step = number});
  return absl::OkStatus();
}

bool IsMended(const std::vector<std::string>& mended, const std::string& table) {
  return std::any_of(mended.begin(), mended.end(),
                     [&](const std::string& other) { return SameName(other, table); });
}

bool WritesNoRow(const Action& action) {
  if (const auto* const reshape = std::get_if<Reshape>(&action)) {
    return reshape->method == Reshape::Method::kEdit;
  }
  return std::holds_alternative<Mend>(action);
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
  DAYBOOK_RETURN_IF_ERROR(CheckUsable(plan.before, plan.after));
  return plan;
}

absl::StatusOr<Plan> PlanDown(const Migration& migration, const SchemaModel& before,
                              const std::vector<StepRecord>& records) {
  Plan plan;
  plan.version = migration.version();
  plan.is_down = true;
  plan.before = before;
  plan.after = before;
  for (int number = migration.step_size(); number > 0; --number) {
    const auto index = static_cast<size_t>(number) - 1;
    const StepRecord record = index < records.size() ? records[index] : StepRecord();
    if (absl::Status added = AppendStepDown(migration.step(number - 1), number, record, plan);
        !added.ok()) {
      return InStep(number, added);
    }
  }
  DAYBOOK_RETURN_IF_ERROR(CheckUsable(plan.before, plan.after));
  return plan;
}

absl::Status ChooseStrategy(Migration::Strategy asked, const std::vector<std::string>& mended,
                            Plan& plan) {
  for (Action& action : plan.actions) {
    auto* const reshape = std::get_if<Reshape>(&action);
    if (reshape == nullptr) continue;
    const bool may_edit = asked != Migration::SINGLE_TX && reshape->new_values.empty() &&
                          !IsMended(mended, reshape->before.name());
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
