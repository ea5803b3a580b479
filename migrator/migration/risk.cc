#include "migrator/migration/risk.h"

#include <algorithm>

namespace daybook::migration {
namespace {

using Risk = v1::Migration::Risk;

// Of a new constraint.
Risk RiskOfPolicy(const v1::OnViolation& policy) {
  switch (policy.policy_case()) {
    case v1::OnViolation::POLICY_NOT_SET:
    case v1::OnViolation::kFail:
      return v1::Migration::LOW;
    case v1::OnViolation::kQuarantine:
    case v1::OnViolation::kTruncate:
    case v1::OnViolation::kClamp:
    case v1::OnViolation::kSetNull:
      return v1::Migration::MEDIUM;
  }
  return v1::Migration::MEDIUM;
}

Risk RiskOfStep(const v1::Step& step, v1::Migration::Phase phase) {
  switch (step.change_case()) {
    case v1::Step::CHANGE_NOT_SET:
    case v1::Step::kCreateTable:
    case v1::Step::kCreateIndex:
    case v1::Step::kAddEnum:
      return v1::Migration::NONE;
    case v1::Step::kAddCheck:
      return RiskOfPolicy(step.add_check().on_violation());
    case v1::Step::kAddForeignKey:
      return RiskOfPolicy(step.add_foreign_key().on_violation());
    case v1::Step::kReplaceIndex:
      return v1::Migration::LOW;
    case v1::Step::kAddColumn:
      return step.add_column().has_backfill() ? v1::Migration::MEDIUM : v1::Migration::LOW;
    case v1::Step::kAlterForeignKey:
    case v1::Step::kBackfill:
      return v1::Migration::MEDIUM;
    case v1::Step::kRenameColumn:
      return phase == v1::Migration::EXPAND ? v1::Migration::MEDIUM : v1::Migration::HIGH;
    case v1::Step::kSql:
      return step.sql().irreversible().empty() ? v1::Migration::MEDIUM : v1::Migration::HIGH;
    case v1::Step::kDropCheck:
    case v1::Step::kDropColumn:
    case v1::Step::kDropTable:
      return v1::Migration::HIGH;
  }
  return v1::Migration::HIGH;
}

}  // namespace

v1::Migration::Risk RiskOf(const v1::Migration& migration) {
  if (migration.risk() != v1::Migration::RISK_UNSPECIFIED) return migration.risk();
  Risk risk = v1::Migration::NONE;
  for (const v1::Step& step : migration.step()) {
    risk = std::max(risk, RiskOfStep(step, migration.phase()));
  }
  return risk;
}

}  // namespace daybook::migration
