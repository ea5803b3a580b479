#pragma once

#include "absl/status/status.h"

#include "daybook/migration/v1/migration.pb.h"
#include "daybook/migration/v1/record.pb.h"
#include "migrator/sqlite/plan.h"

namespace daybook::migrator::sqlite {

// Appends to `plan` the way back that a script brings with it; `record` is what the
// script changed. It must lead to the schema of before; where it does so in other
// words, those of before are put in their place. FAILED_PRECONDITION where it leads
// elsewhere, or there is none.
absl::Status AppendScriptDown(const migration::v1::RunSql& script, int number,
                              const migration::v1::StepRecord& record, Plan& plan);

}  // namespace daybook::migrator::sqlite
