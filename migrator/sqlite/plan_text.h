#pragma once

#include <string>
#include <vector>

#include "migrator/sqlite/plan.h"

namespace daybook::migrator::sqlite {

// What a plan does, for people: a line for each action, with the SQL that
// matters.
std::vector<std::string> DescribePlan(const Plan& plan);

std::string StrategyName(Plan::Strategy strategy);

// Names the plan: the same for the same migration on the same schema by the same
// strategy. SHA-256 in hex.
std::string HashOf(const Plan& plan, const std::string& checksum);

}  // namespace daybook::migrator::sqlite
