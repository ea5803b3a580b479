#include "unit/migration/lint_cases.h"

namespace daybook::migration::cases {

std::vector<LintCase> PolicyCases() {
  const auto policy = [](const std::string& text) {
    return absl::StrCat(" on_violation { ", text, " }");
  };
  const auto text = [&](const std::string& rule, const std::string& then) {
    return Check(absl::StrCat("rule { string { ", rule, " } }", policy(then)));
  };
  const auto integer = [&](const std::string& rule, const std::string& then) {
    return Check(absl::StrCat("rule { int64 { ", rule, " } }", policy(then)));
  };
  const auto number = [&](const std::string& rule, const std::string& then) {
    return Check(absl::StrCat("expression { number { ", rule, " } }", policy(then)));
  };
  const std::string sql = "expression { sql { sql: \"c > 0\" } }";
  return {
      {"truncate-unfit", text("charset: \"a-z\"", "truncate {}"),
       text("max_chars: 5", "truncate {}")},
      {"truncate-unfit", text("max_chars: 5", "truncate { max_chars: 6 }"),
       text("max_chars: 5", "truncate { max_chars: 5 }")},
      {"truncate-unfit", text("min_chars: 3 max_chars: 5", "truncate { max_chars: 2 }"),
       text("min_chars: 3 max_chars: 5", "truncate { max_chars: 3 }")},
      {"truncate-unfit", integer("gte: 0", "truncate { max_chars: 1 }"),
       integer("gte: 0", "quarantine {}")},
      {"clamp-unfit", text("max_chars: 5", "clamp {}"), integer("gte: 0", "clamp {}")},
      {"clamp-unfit", integer("gte: 0", "clamp { to: \"-1\" }"),
       integer("gte: 0", "clamp { to: \"0\" }")},
      {"clamp-unfit", integer("gte: 0", "clamp { to: \"0.5\" }"),
       number("gte: \"0\"", "clamp { to: \"0.5\" }")},
      {"clamp-unfit", integer("", "clamp {}"), integer("gt: 0", "clamp {}")},
      {"clamp-unfit", number("gt: \"0\"", "clamp {}"),
       number("gt: \"0\"", "clamp { to: \"0.01\" }")},
      {"clamp-unfit", number("gt: \"0\"", "clamp { to: \"0\" }"), number("gte: \"0\"", "clamp {}")},
      {"set-null-unfit", integer("gte: 0", "set_null {}"),
       integer("gte: 0 nullable: true", "set_null {}")},
      {"set-null-unfit", Check("expression { number {} }" + policy("set_null {}")),
       Check("expression { number {} nullable: true }" + policy("set_null {}"))},
      {"set-null-unfit", Check("rule { time {} }" + policy("set_null {}")),
       Check(sql + kProbes + policy("set_null {}"))},
      {"foreign-key-policy", ForeignKey(policy("clamp {}")), ForeignKey(policy("set_null {}"))},
      {"foreign-key-policy", ForeignKey(policy("truncate {}")),
       ForeignKey(policy("quarantine {}"))},
      {"probe-rows-missing", Check(sql), Check(sql + kProbes)},
      {"probe-rows-missing", Check(sql + " accept { value { literal: \"1\" } }"),
       IntegerCheck("gte: 0")},
      {"compare-with-itself", Check("expression { compare { gt: \"C\" } }"),
       Check("expression { compare { gt: \"d\" } }")},
  };
}

std::vector<LintCase> CriticalCases() {
  const std::string quarantine = "on_violation { quarantine {} }";
  const std::string cascade = "on_delete: CASCADE";
  const std::string bound = "rule { int64 { gte: 0 } } ";
  return {
      {"cascade-critical", Critical() + ForeignKey(cascade),
       Critical() + ForeignKey("on_delete: RESTRICT")},
      {"cascade-critical", "criticality { table: \"p\" level: CRITICAL } " + ForeignKey(cascade),
       "criticality { table: \"p\" level: HIGH } " + ForeignKey(cascade)},
      {"cascade-critical",
       Critical() + "---step { alter_foreign_key { table: \"t\" name: \"n\" on_delete: CASCADE "
                    "rationale: \"r\" } }",
       Critical() + "---step { alter_foreign_key { table: \"t\" name: \"n\" on_update: CASCADE "
                    "rationale: \"r\" } }"},
      {"cascade-critical", Critical() + "---" + ForeignKey(cascade),
       Critical() + "---criticality { table: \"t\" level: HIGH } " + ForeignKey(cascade)},
      {"cascade-critical",
       Critical() + Run("CREATE TABLE IF NOT EXISTS t (a REFERENCES p ON DELETE CASCADE)"),
       Critical() + Run("CREATE TABLE IF NOT EXISTS t (a REFERENCES p ON DELETE RESTRICT)")},
      {"cascade-critical",
       Critical() + RunPostgres("ALTER TABLE ONLY \\\"T\\\" ADD CONSTRAINT k FOREIGN KEY (a) "
                                "REFERENCES p ON DELETE CASCADE"),
       Critical() + RunPostgres("ALTER TABLE u ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES p ON "
                                "DELETE CASCADE")},
      {"critical-needs-approval", Critical() + Check(bound + quarantine),
       Critical() + Check(bound + "on_violation { fail {} }")},
      {"critical-needs-approval", Critical() + ForeignKey(quarantine), ForeignKey(quarantine)},
      {"critical-needs-approval", Critical() + Run("SELECT 1"),
       "criticality { table: \"u\" level: CRITICAL } " + Run("SELECT 1")},
      {"critical-needs-approval", Critical() + kDropTable, kDropTable},
      {"critical-needs-approval", Critical() + kDropColumn, kDropColumn},
      {"critical-needs-approval",
       Critical() + "step { backfill { table: \"t\" column: \"c\" fill { value { sql: \"1\" } } "
                    "rationale: \"r\" overwrite: true } }",
       Critical() + "step { backfill { table: \"t\" column: \"c\" fill { value { sql: \"1\" } } "
                    "rationale: \"r\" } }"},
  };
}

std::vector<LintCase> PhaseCases() {
  const std::string expand = std::string("phase: EXPAND ") + kRename + "---";
  return {
      {"direct-rename", kRename, std::string("phase: EXPAND ") + kRename},
      {"direct-drop", kDropTable, std::string(kContract) + kDropTable},
      {"direct-drop", std::string("phase: EXPAND ") + kDropColumn,
       std::string(kContract) + kDropColumn},
      {"contract-unfit", expand + "phase: CONTRACT " + kRename, expand + kContract + kRename},
      {"contract-unfit", expand + "contract { expanded_by: 1 } " + kRename,
       expand + kContract + kRename},
      {"contract-unfit", expand + "phase: CONTRACT contract { expanded_by: 2 } " + kRename,
       expand + kContract + kRename},
      {"contract-unfit", std::string(kRename) + "---" + kContract + kRename,
       expand + kContract + kRename},
      {"contract-unfit",
       expand + kContract +
           "step { rename_column { table: \"t\" from: \"a\" to: \"c\" rationale: \"r\" } }",
       expand + kContract +
           "step { rename_column { table: \"T\" from: \"A\" to: \"B\" rationale: \"r\" } }"},
  };
}

std::vector<LintCase> ChangeCases() {
  const std::string key = "generated_key: true";
  const auto table = [](const std::string& column, const std::string& rest = "") {
    return absl::StrCat("step { create_table { name: \"t\" column { name: \"c\" ", column, " } ",
                        rest, " } }\n");
  };
  const std::string foreign_key =
      "foreign_key { name: \"f\" columns: \"c\" references_table: \"p\" } ";
  return {
      {"not-null-unfilled", NewColumn("type: TEXT not_null: true"), NewColumn("type: TEXT")},
      {"not-null-unfilled", NewColumn("type: TEXT not_null: true", "backfill_null: true"),
       NewColumn("type: TEXT not_null: true", "backfill { value { sql: \"d\" } }")},
      {"not-null-unfilled",
       NewColumn("type: TEXT not_null: true default_value: \"'x'\"", "backfill_null: true"),
       NewColumn("type: TEXT not_null: true default_value: \"'x'\"")},
      {"generated-key-unfit", NewColumn("type: INTEGER " + key), table("type: INTEGER " + key)},
      {"generated-key-unfit", table("type: TEXT " + key), table("type: INTEGER " + key)},
      {"generated-key-unfit", table("type: INTEGER " + key, "primary_key: \"c\""),
       table("type: INTEGER", "primary_key: \"c\"")},
      {"generated-key-unfit",
       table("type: INTEGER " + key, "column { name: \"d\" type: INTEGER generated_key: true }"),
       table("type: INTEGER " + key, "column { name: \"d\" type: INTEGER }")},
      {"strict-type", table("type: DECIMAL", "strict: true"), table("type: DECIMAL")},
      {"strict-type", table("sql_type { sql: \"varchar(9)\" }", "strict: true"),
       table("sql_type { sqlite: \"text\" postgres: \"varchar(9)\" }", "strict: true")},
      {"no-effect", "step { alter_foreign_key { table: \"t\" name: \"n\" rationale: \"r\" } }",
       "step { alter_foreign_key { table: \"t\" name: \"n\" on_update: RESTRICT rationale: \"r\" } "
       "}"},
      {"no-effect",
       "step { rename_column { table: \"t\" from: \"a\" to: \"A\" rationale: \"r\" } }", kRename},
      {"foreign-key-columns", ForeignKey("references_columns: \"a\" references_columns: \"b\""),
       ForeignKey("references_columns: \"a\"")},
      {"index-missing", NewTable(foreign_key),
       NewTable(foreign_key + "index { name: \"i\" columns: \"C\" columns: \"d\" }")},
      {"index-missing",
       NewTable(foreign_key + "index { name: \"i\" columns: \"d\" columns: \"c\" }"),
       NewTable(foreign_key + "primary_key: \"c\"")},
      {"index-missing",
       NewTable(foreign_key + "index { name: \"i\" columns: \"c\" where: \"c > 0\" }"),
       NewTable(foreign_key + "index { name: \"i\" key { column: \"c\" descending: true } }")},
      {"index-missing", NewTable(foreign_key),
       NewTable(
           "foreign_key { name: \"f\" columns: \"c\" references_table: \"p\" index_name: \"i\" }")},
  };
}

std::vector<LintCase> ColumnCases() {
  const std::string timestamp = "type: TIMESTAMP default_value: \"CURRENT_TIMESTAMP\"";
  const auto with_default = [](const std::string& value) {
    return NewColumn(absl::StrCat("type: TEXT default_value: \"", value, "\""));
  };
  const auto filled = [](const std::string& value, const std::string& rest = "") {
    return NewColumn("type: TEXT",
                     absl::StrCat("backfill { value { sql: \"", value, "\" } ", rest, " }"));
  };
  const auto probed = [](const std::string& literal) {
    return Check(absl::StrCat("rule { int64 {} } accept { value { literal: \"", literal, "\" } }"));
  };
  const auto column = [](const std::string& name, const std::string& type) {
    return absl::StrCat("step { add_column { table: \"t\" rationale: \"r\" column { name: \"", name,
                        "\" ", type, " } } }\n");
  };
  return {
      {"not-a-literal", with_default("now()"), with_default("CURRENT_TIMESTAMP")},
      {"not-a-literal", with_default("1 + 1"), with_default("-1")},
      {"not-a-literal", with_default("\\\"x\\\""), with_default("'it''s'")},
      {"not-a-literal", probed("c"), probed("NULL")},
      {"not-a-literal", probed("CURRENT_TIMESTAMP"), probed("x'00'")},
      {"volatile-default", NewColumn(timestamp), NewColumn(timestamp, "backfill_null: true")},
      {"volatile-default", NewColumn(timestamp),
       "step { create_table { name: \"t\" column { name: \"c\" " + timestamp + " } } }"},
      {"magic-default", filled("'0000000000'"), filled("'0000000000'", "generated: true")},
      {"magic-default", filled("' N/A '"), filled("'PENDING'")},
      {"magic-default", filled("''"), filled("NULL")},
      {"magic-default", filled("9999"), filled("99")},
      {"magic-default", filled("-1"), filled("0")},
      {"magic-default", filled("'1970-01-01 00:00:00'"), filled("coalesce(d, '0000000000')")},
      {"magic-default", with_default("'unknown'"),
       "step { create_table { name: \"t\" column { name: \"c\" type: TEXT default_value: "
       "\"'unknown'\" } "
       "} }"},
      {"float-money", column("usdValue", "type: REAL"), column("usdValue", "type: INTEGER")},
      {"float-money",
       column("unit_price", "sql_type { sqlite: \"INTEGER\" postgres: \"double precision\" }"),
       column("unit_price", "sql_type { sqlite: \"NUMERIC\" postgres: \"numeric\" }")},
      {"float-column", column("ratio", "type: REAL"), column("price", "type: REAL")},
      {"decimal-money", column("balance", "type: DECIMAL"), column("ratio", "type: DECIMAL")},
  };
}

}  // namespace daybook::migration::cases
