#include "migrator/sqlite/plan_text.h"

#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "ledger/hash.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::migration::v1::OnViolation;

std::string PolicyText(const Mend& mend) {
  switch (mend.policy.policy_case()) {
    case OnViolation::kQuarantine:
      return mend.policy.quarantine().with_referencing_rows()
                 ? "take them out, with the rows that reference them"
                 : "take them out";
    case OnViolation::kTruncate:
      return absl::StrCat("cut them to ", mend.max_chars, " characters");
    case OnViolation::kClamp:
      return "move them to the nearest value allowed";
    case OnViolation::kSetNull:
      return "set them to NULL";
    case OnViolation::kFail:
    case OnViolation::POLICY_NOT_SET:
      return "fail";
  }
  return "";
}

struct Describer {
  std::string operator()(const Mend& mend) const {
    return absl::StrCat("rows of ", mend.table, " that break ", mend.constraint, ": ",
                        PolicyText(mend), "\n  where ", mend.violation);
  }
  std::string operator()(const Fill& fill) const {
    return absl::StrCat("fill ", fill.table, ".", fill.column, " with ", fill.value, "\n  where ",
                        fill.where);
  }
  std::string operator()(const PutBack& put_back) const {
    return absl::StrCat("put back the rows that step ", put_back.step, " changed or took out");
  }
  std::string operator()(const RunScript& script) const { return script.sql; }
  std::string operator()(const Reshape& reshape) const {
    return absl::StrCat(reshape.method == Reshape::Method::kEdit ? "change the text of table "
                                                                 : "write anew table ",
                        reshape.before.name(), ":\n", reshape.after.sql());
  }
  std::string operator()(const Create& create) const { return create.object.sql(); }
  std::string operator()(const Drop& drop) const {
    return absl::StrCat("drop ", Describe(drop.object));
  }
  std::string operator()(const Archive& archive) const {
    return absl::StrCat("archive ", archive.table, archive.column.empty() ? "" : ".",
                        archive.column);
  }
  std::string operator()(const Restore& restore) const {
    return absl::StrCat("put back what was archived of ", restore.table,
                        restore.column.empty() ? "" : ".", restore.column);
  }
};

}  // namespace

std::vector<std::string> DescribePlan(const Plan& plan) {
  std::vector<std::string> lines;
  lines.reserve(plan.actions.size());
  for (const Action& action : plan.actions) lines.push_back(std::visit(Describer(), action));
  return lines;
}

std::string StrategyName(Plan::Strategy strategy) {
  switch (strategy) {
    case Plan::Strategy::kSingleTransaction:
      return "single_tx";
    case Plan::Strategy::kSchemaEdit:
      return "schema_edit";
    case Plan::Strategy::kBlueGreen:
      return "blue_green";
  }
  return "";
}

std::string HashOf(const Plan& plan, const std::string& checksum) {
  return ledger::ToHex(ledger::Sha256(
      absl::StrCat("daybook/plan/v1\n", plan.version, "\n", plan.is_down ? "down" : "up", "\n",
                   checksum, "\n", plan.before.Digest(), "\n", plan.after.Digest(), "\n",
                   StrategyName(plan.strategy), "\n", absl::StrJoin(DescribePlan(plan), "\n"))));
}

}  // namespace daybook::migrator::sqlite
