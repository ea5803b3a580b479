#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/sqlite/check_sql.h"
#include "migrator/sqlite/step_work.h"
#include "migrator/sqlite/table_sql.h"
#include "migrator/sqltext/edit.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::migration::v1::AddCheck;
using ::daybook::migration::v1::DropCheck;
using ::daybook::migration::v1::OnViolation;
using ::daybook::sqltext::Constraint;
using ::daybook::sqltext::CreateTable;

absl::StatusOr<uint32_t> CharactersLeft(const AddCheck& check) {
  const uint32_t asked = check.on_violation().truncate().max_chars();
  if (asked != 0) return asked;
  if (const uint32_t allowed = check.rule().string().max_chars(); allowed != 0) return allowed;
  return absl::InvalidArgumentError("truncate needs max_chars, here or in the rule");
}

absl::StatusOr<Mend> MendFor(const AddCheck& check, const std::string& condition, int step) {
  const OnViolation& policy = check.on_violation();
  if (check.column().empty() &&
      (policy.has_truncate() || policy.has_clamp() || policy.has_set_null())) {
    return absl::InvalidArgumentError("this on_violation changes a column: the check must name it");
  }
  Mend mend{.step = step,
            .table = check.table(),
            .constraint = check.name(),
            .column = check.column(),
            .violation = absl::StrCat("NOT (", condition, ")"),
            .policy = check.on_violation()};
  if (mend.policy.has_truncate()) {
    DAYBOOK_ASSIGN_OR_RETURN(mend.max_chars, CharactersLeft(check));
  }
  if (mend.policy.has_clamp()) {
    DAYBOOK_ASSIGN_OR_RETURN(mend.clamp, ClampedValue(check));
  }
  return mend;
}

const Constraint* FindCheck(const CreateTable& table, const DropCheck& drop) {
  if (!drop.name().empty()) return table.FindConstraint(drop.name());
  for (const Constraint* check : table.Checks()) {
    if (check->name.empty() && table.Text(check->expression) == drop.text()) return check;
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<CreateTable> ParseTable(const StepWork& work, const std::string& table) {
  const SchemaObject* const object = work.model.Find(SchemaObject::TABLE, table);
  if (object == nullptr) return UnsuitableError(absl::StrCat("there is no table ", table));
  return CreateTable::Parse(object->sql());
}

absl::Status RefuseMissingColumn(const CreateTable& table, const std::string& column) {
  if (table.FindColumn(column) != nullptr) return absl::OkStatus();
  return UnsuitableError(absl::StrCat("table ", table.name(), " has no column ", column));
}

void PutTable(const std::string& table, const std::string& sql, StepWork& work) {
  SchemaObject changed = *work.model.Find(SchemaObject::TABLE, table);
  changed.set_sql(sql);
  work.model.Put(changed);
}

// The condition as the table has it: what stands around it was not taken over.
absl::Status ProveCheck(const AddCheck& check, StepWork& work) {
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable table, ParseTable(work, check.table()));
  if (!check.column().empty()) {
    DAYBOOK_RETURN_IF_ERROR(RefuseMissingColumn(table, check.column()));
  }
  if (check.expression().has_compare()) {
    DAYBOOK_RETURN_IF_ERROR(
        RefuseMissingColumn(table, ComparedColumn(check.expression().compare())));
  }
  const Constraint* const constraint = table.FindConstraint(check.name());
  if (constraint == nullptr) return absl::InternalError("the check is not in its table");
  work.checks.push_back({.table = check.table(),
                         .name = check.name(),
                         .condition = std::string(table.Text(constraint->expression)),
                         .declared = check});
  return absl::OkStatus();
}

absl::Status UnsuitableError(absl::string_view message) {
  return absl::FailedPreconditionError(message);
}

absl::Status PlanAddCheck(const AddCheck& check, StepWork& work) {
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable table, ParseTable(work, check.table()));
  if (table.FindConstraint(check.name()) != nullptr) {
    return UnsuitableError(
        absl::StrCat("table ", check.table(), " has a constraint ", check.name(), " already"));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::string constraint, CheckSql(check));
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable changed,
                           sqltext::WithTableConstraint(table, constraint));
  PutTable(check.table(), changed.sql(), work);
  DAYBOOK_RETURN_IF_ERROR(ProveCheck(check, work));
  DAYBOOK_ASSIGN_OR_RETURN(Mend mend, MendFor(check, work.checks.back().condition, work.step));
  work.before_schema.emplace_back(std::move(mend));
  return absl::OkStatus();
}

absl::Status PlanDropCheck(const DropCheck& drop, StepWork& work) {
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable table, ParseTable(work, drop.table()));
  const Constraint* const check = FindCheck(table, drop);
  if (check == nullptr || check->kind != sqltext::ConstraintKind::kCheck) {
    return UnsuitableError(absl::StrCat("table ", drop.table(), " has no check ",
                                        drop.name().empty() ? drop.text() : drop.name()));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable changed, sqltext::WithoutConstraint(table, *check));
  PutTable(drop.table(), changed.sql(), work);
  return absl::OkStatus();
}

}  // namespace daybook::migrator::sqlite
