#pragma once

#include "daybook/migration/v1/migration.pb.h"

namespace daybook::migration {

// What can go wrong with a migration: what it says itself, else the greatest
// risk of its steps. Never RISK_UNSPECIFIED.
v1::Migration::Risk RiskOf(const v1::Migration& migration);

}  // namespace daybook::migration
