#include "unit/migration/lint_cases.h"

namespace daybook::migration::cases {

std::vector<LintCase> RequiredCases() {
  return {
      {"missing-field", "", kDropTable},
      {"missing-field", "step {}", kDropTable},
      {"missing-field", "step { drop_table { rationale: \"r\" } }", kDropTable},
      {"missing-field", "step { drop_table { name: \" \" rationale: \"r\" } }", kDropTable},
      {"missing-field", Check(""), IntegerCheck("")},
      {"missing-field", Check("rule {}"), IntegerCheck("")},
      {"missing-field",
       "step { add_check { table: \"t\" name: \"n\" rationale: \"r\" rule { int64 {} } } }",
       absl::StrCat(
           "step { add_check { table: \"t\" name: \"n\" rationale: \"r\" expression { sql { "
           "sql: \"c > 0\" } }",
           kProbes, " } }")},
      {"missing-field", NewColumn("type: TYPE_UNSPECIFIED"), NewColumn("type: TEXT")},
      {"missing-field", NewColumn("enum_type: \"\""), NewColumn("enum_type: \"e\"")},
      {"missing-field",
       "step { create_index { table: \"t\" name: \"i\" columns: \"c\" key { column: \"c\" } } }",
       "step { create_index { table: \"t\" name: \"i\" columns: \"c\" } }"},
      {"missing-field", "step { create_index { name: \"i\" columns: \"c\" } }",
       NewTable("index { name: \"i\" columns: \"c\" }")},
      {"missing-field",
       "step { alter_foreign_key { table: \"t\" on_delete: RESTRICT rationale: \"r\" } }",
       "step { alter_foreign_key { table: \"t\" name: \"n\" on_delete: RESTRICT rationale: \"r\" } "
       "}"},
      {"missing-field", "invariant { sql: \"SELECT 1\" }",
       std::string(kDropTable) + "invariant { name: \"n\" }"},
      {"unnamed-constraint",
       "step { add_check { table: \"t\" column: \"c\" rule { int64 { gte: 0 } } rationale: \"r\" } "
       "}",
       IntegerCheck("gte: 0")},
      {"unnamed-constraint", NewTable("foreign_key { columns: \"c\" references_table: \"p\" }"),
       NewTable("foreign_key { name: \"f\" columns: \"c\" references_table: \"p\" }")},
      {"unnamed-constraint", Run("CREATE TABLE u (a INTEGER CHECK (a > 0))"),
       Run("CREATE TABLE u (a INTEGER CONSTRAINT k CHECK (a > 0))")},
      {"unnamed-constraint", Run("ALTER TABLE u ADD FOREIGN KEY (a) REFERENCES p"),
       Run("ALTER TABLE u ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES p")},
      {"missing-rationale",
       "step { add_check { table: \"t\" column: \"c\" name: \"n\" rule { int64 { gte: 0 } } } }",
       IntegerCheck("gte: 0")},
      {"missing-rationale", "step { drop_table { name: \"t\" rationale: \" \\n\" } }", kDropTable},
      {"missing-rationale",
       NewTable("check { column: \"c\" name: \"n\" rule { int64 { gte: 0 } } }"),
       NewTable("foreign_key { name: \"f\" columns: \"c\" references_table: \"p\" }")},
      {"left-out-in-create-table", NewTable("index { table: \"t\" name: \"i\" columns: \"c\" }"),
       "step { create_index { table: \"t\" name: \"i\" columns: \"c\" } }"},
      {"left-out-in-create-table",
       NewTable("check { column: \"c\" name: \"n\" rule { int64 { gte: 0 } } rationale: \"r\" "
                "on_violation { fail {} } }"),
       NewTable("check { column: \"c\" name: \"n\" rule { int64 { gte: 0 } } rationale: \"r\" }")},
      {"missing-down", "step { sql { up { sql: \"SELECT 1\" } rationale: \"r\" } }",
       "step { sql { up { sql: \"SELECT 1\" } down { sql: \"SELECT 1\" } rationale: \"r\" } }"},
      {"missing-down", "step { sql { up { sql: \"SELECT 1\" } rationale: \"r\" } }",
       Run("SELECT 1")},
      {"irreversible-with-down", Run("SELECT 1", "down { sql: \"SELECT 1\" }"), Run("SELECT 1")},
  };
}

std::vector<LintCase> ValueCases() {
  const auto pattern = [](const std::string& parts) {
    return Check(absl::StrCat("expression { pattern { ", parts, " } }"));
  };
  const auto list = [](const std::string& values) {
    return Check(absl::StrCat("expression { one_of { ", values, " } }"));
  };
  return {
      {"not-a-number", NumberCheck("gte: \"1e3\""), NumberCheck("gte: \"-0.001\"")},
      {"not-a-number", NumberCheck("lt: \".5\""), NumberCheck("lt: \"0.5\"")},
      {"not-a-number", NumberCheck("lt: \"1.\""), NumberCheck("")},
      {"not-a-number", NumberCheck("gte: \"0\" } } on_violation { clamp { to: \"x\""),
       NumberCheck("gte: \"0\" } } on_violation { clamp { to: \"0\"")},
      {"bounds-contradict", IntegerCheck("gte: 2 lte: 1"), IntegerCheck("gte: 1 lte: 1")},
      {"bounds-contradict", IntegerCheck("gt: 1 lt: 2"), IntegerCheck("gt: 0 lt: 2")},
      {"bounds-contradict", IntegerCheck("gt: 9223372036854775807"),
       IntegerCheck("gt: 9223372036854775806")},
      {"bounds-contradict", NumberCheck("gte: \"0.10\" lt: \"0.1\""),
       NumberCheck("gte: \"0.1\" lte: \"0.10\"")},
      {"bounds-contradict", NumberCheck("gt: \"-1\" lte: \"-1.0\""),
       NumberCheck("gt: \"-1.1\" lte: \"-1\"")},
      {"bounds-contradict", TextCheck("min_chars: 3 max_chars: 2"),
       TextCheck("min_chars: 2 max_chars: 2")},
      {"bounds-contradict", TextCheck("min_chars: 3 max_bytes: 2"), TextCheck("min_chars: 3")},
      {"bad-charset", TextCheck("charset: \"z-a\""), TextCheck("charset: \"a-z\"")},
      {"bad-charset", TextCheck("first_charset: \"^a\""), TextCheck("first_charset: \"a\"")},
      {"bad-charset", pattern("part { charset: \"[a\" min_count: 1 }"),
       pattern("part { charset: \"a\" min_count: 1 }")},
      {"bad-pattern", pattern("part { charset: \"a\" min_count: 1 } part { literal: \"b\" }"),
       pattern("part { literal: \"b\" } part { charset: \"a\" min_count: 1 }")},
      {"bad-pattern", pattern("part { charset: \"a\" min_count: 2 max_count: 1 }"),
       pattern("part { charset: \"a\" min_count: 2 max_count: 2 }")},
      {"bad-pattern", pattern("part { literal: \"a\" min_count: 2 }"),
       pattern("part { literal: \"a\" }")},
      {"bad-pattern", pattern("part { charset: \"a-z\" min_count: 4294967295 }"),
       pattern("part { charset: \"a-z\" min_count: 1000 }")},
      {"bad-list", list("text: \"a\" integer: 1"), list("text: \"a\"")},
      {"bad-list", list(""), list("integer: 0")},
      {"bad-date", "date: \"2025-02-30\"", "date: \"2024-02-29\""},
      {"bad-date", "date: \"21.11.2025\"", ""},
      {"bad-date", "contract { not_before: \"tomorrow\" }",
       "contract { not_before: \"2025-12-01T00:00:00Z\" }"},
      {"out-of-range", "suits { from: 3 to: 2 }", "suits { from: 2 to: 2 }"},
      {"out-of-range", "---suits { to: 1 }", "---suits { from: 1 to: 1 }"},
      {"out-of-range", "suits { from: -1 }", "suits {}"},
      {"out-of-range", "invariant { tolerance: -0.01 }", "invariant { tolerance: 0.01 }"},
      {"out-of-range", "golden_query { max_slowdown: -1 }", "golden_query { max_slowdown: 0.5 }"},
      {"out-of-range", "contract { min_service_version: -1 }",
       "contract { min_service_version: 1 }"},
      {"rule-unfit", Check("rule { enum {} }"), Check("rule { time {} }")},
      {"rule-judged-by-service", TextCheck("json_object: true"), TextCheck("max_chars: 9")},
      {"rule-judged-by-service", TextCheck("ip_address: true"), TextCheck("ip_address: false")},
  };
}

std::vector<LintCase> NameCases() {
  const std::string long_name(64, 'n');
  const auto index = [](const std::string& name, const std::string& columns) {
    return absl::StrCat("step { create_index { table: \"t\" name: \"", name, "\" ", columns,
                        " } }\n");
  };
  const std::string drop_check =
      "step { drop_check { table: \"t\" name: \"T_C\" rationale: \"r\" } }\n";
  const std::string replace =
      "step { replace_index { replaces: \"i\" rationale: \"r\" index { table: \"t\" name: \"i\" "
      "columns: \"d\" } } }\n";
  return {
      {"reserved-name", "step { drop_table { name: \"Mig_history\" rationale: \"r\" } }",
       kDropTable},
      {"reserved-name", index("sqlite_i", "columns: \"c\""),
       index("sqlitei", "columns: \"sqlite_c\"")},
      {"reserved-name", Run("SELECT 1", "changes_table: \"sqlite_schema\""), Run("SELECT 1")},
      {"duplicate-name", IntegerCheck("gte: 0") + "---" + IntegerCheck("lte: 9"),
       IntegerCheck("gte: 0") + "---" + drop_check + IntegerCheck("lte: 9")},
      {"duplicate-name", index("i", "columns: \"c\"") + index("I", "columns: \"d\""),
       index("i", "columns: \"c\"") + replace},
      {"duplicate-name", NewTable("") + "---" + NewTable(""),
       NewTable("") + "---" + kDropTable + NewTable("")},
      {"duplicate-name", NewTable("") + NewColumn("type: TEXT"),
       NewTable("") + kDropColumn + NewColumn("type: TEXT")},
      {"duplicate-name",
       NewColumn("type: BOOLEAN") +
           "step { add_check { table: \"u\" column: \"c\" name: \"t_c_bool\" "
           "rationale: \"r\" rule { int64 {} } } }",
       NewColumn("type: INTEGER") +
           "step { add_check { table: \"u\" column: \"c\" name: \"t_c_bool\" "
           "rationale: \"r\" rule { int64 {} } } }"},
      {"duplicate-name",
       std::string("phase: EXPAND ") + kRename + NewColumn("type: TEXT") + kRename,
       std::string("phase: EXPAND ") + kRename + "---" + kContract + kRename},
      {"name-too-long", index(long_name, "columns: \"c\""),
       index(long_name.substr(1), "columns: \"c\"")},
      {"name-too-long",
       "step { add_column { table: \"" + long_name.substr(6) +
           "\" column { name: \"c\" type: BOOLEAN } rationale: \"r\" } }",
       "step { add_column { table: \"" + long_name.substr(8) +
           "\" column { name: \"c\" type: BOOLEAN } rationale: \"r\" } }"},
  };
}

std::vector<LintCase> EntryCases() {
  const auto add_enum = [](const std::string& name) {
    return absl::StrCat("step { add_enum { name: \"", name,
                        "\" values: \"A\" values: \"B\" rationale: \"r\" } }\n");
  };
  const auto index = [](const std::string& name, const std::string& columns) {
    return absl::StrCat("step { create_index { table: \"t\" name: \"", name, "\" ", columns,
                        " } }\n");
  };
  return {
      {"duplicate-entry", index("i", "columns: \"c\" columns: \"c\""),
       index("i", "columns: \"c\" columns: \"d\"")},
      {"duplicate-entry", Check("expression { one_of { integer: 1 integer: 1 } }"),
       Check("expression { one_of { integer: 1 integer: 2 } }")},
      {"duplicate-entry", "invariant { name: \"n\" } golden_query { name: \"n\" }",
       "invariant { name: \"n\" } golden_query { name: \"m\" }"},
      {"duplicate-entry", Critical() + "criticality { table: \"t\" }",
       Critical() + "---" + Critical()},
      {"dropped-table", kDropTable + NewColumn("type: TEXT"), NewColumn("type: TEXT") + kDropTable},
      {"dropped-table", std::string(kDropTable) + "---" + Run("UPDATE t SET c = 1"),
       kDropTable + NewTable("") + "---" + Run("UPDATE t SET c = 1")},
      {"unknown-column", NewTable("primary_key: \"d\""), NewTable("primary_key: \"C\"")},
      {"unknown-column", NewTable("index { name: \"i\" key { column: \"d\" } }"),
       NewTable("index { name: \"i\" key { expression: \"d\" } }")},
      {"unknown-column",
       NewTable("check { name: \"n\" column: \"c\" rationale: \"r\" expression { compare { gt: "
                "\"d\" } } }"),
       Check("expression { compare { gt: \"d\" } }")},
      {"unknown-enum", NewColumn("enum_type: \"e\"") + add_enum("e"),
       add_enum("e") + "---" + NewColumn("enum_type: \"E\"")},
  };
}

}  // namespace daybook::migration::cases
