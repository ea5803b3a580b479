#include "migrator/migration/template.h"

#include "absl/strings/str_format.h"

namespace daybook::migration {
namespace {

// Behind the first lines, which are filled in.
constexpr absl::string_view kRest = R"TEXT(
# What it is for, in a sentence or two, and who answers for it.
description: ""
author: ""

# What can go wrong: NONE, LOW, MEDIUM or HIGH. Left out, it follows from the steps.
# risk: LOW

# How much the tables matter: LOW, MEDIUM, HIGH or CRITICAL. Rows of a CRITICAL
# table are changed only by an approved plan.
# criticality { table: "user_deposits" level: CRITICAL }

# The changes, in order; one at least. Every constraint has a name and a reason.
#
# step {
#   add_check {
#     table: "user_deposits"
#     column: "balance"
#     name: "user_deposits_balance_nonneg"
#     rule { int64 { gte: 0 } }
#     rationale: "Negative balances come only from bugs"
#     on_violation { quarantine {} }  # fail (left out), quarantine, truncate, clamp, set_null
#   }
# }
#
# Others: drop_check, alter_foreign_key, add_foreign_key, add_column, drop_column,
# rename_column, create_table, drop_table, create_index, replace_index, add_enum,
# backfill, and sql for what none of them covers. The fields of each are described
# in daybook/migration/v1/migration.proto.

# Questions whose answers must be the same before and after.
#
# invariant { name: "users kept" sql: "SELECT count(*) FROM users" }

# Queries of the applications, which must stay right and fast.
#
# golden_query {
#   name: "balance of a user"
#   sql: "SELECT balance FROM user_deposits WHERE user_id = 1"
#   uses_index: "idx_deposits_user"
# }

# Conditions on the rows, stated by the rows that break them.
#
# assertion {
#   name: "no deposit without a user"
#   sql: "SELECT id FROM user_deposits d WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = d.user_id)"
# }
)TEXT";

}  // namespace

std::string NewMigrationText(int version, absl::string_view name, absl::string_view date) {
  return absl::StrFormat("version: %d\nname: \"%s\"\ndate: \"%s\"\n%s", version, name, date, kRest);
}

}  // namespace daybook::migration
