#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace daybook::migration::cases {

// The smallest migration that breaks a rule, and one that nearly does. A text
// may be several migrations, versions 1, 2, 3 …, with `---` between them.
struct LintCase {
  std::string id;
  std::string breaks;
  std::string nearly;
};

inline void PrintTo(const LintCase& c, std::ostream* out) { *out << c.id << ": " << c.breaks; }

std::vector<LintCase> RequiredCases();
std::vector<LintCase> ValueCases();
std::vector<LintCase> NameCases();
std::vector<LintCase> EntryCases();
std::vector<LintCase> PolicyCases();
std::vector<LintCase> CriticalCases();
std::vector<LintCase> PhaseCases();
std::vector<LintCase> ChangeCases();
std::vector<LintCase> ColumnCases();
std::vector<LintCase> SqlCases();
std::vector<LintCase> StatementCases();

// What the texts are made of. Steps are about the table t and its column c.

inline std::string Check(const std::string& body) {
  return absl::StrCat(
      "step { add_check { table: \"t\" column: \"c\" name: \"t_c\" rationale: \"r\" ", body,
      " } }\n");
}

inline std::string IntegerCheck(const std::string& body) {
  return Check(absl::StrCat("rule { int64 { ", body, " } }"));
}

inline std::string TextCheck(const std::string& body) {
  return Check(absl::StrCat("rule { string { ", body, " } }"));
}

inline std::string NumberCheck(const std::string& body) {
  return Check(absl::StrCat("expression { number { ", body, " } }"));
}

inline constexpr char kProbes[] =
    " accept { value { literal: \"1\" } } reject { value { literal: \"-1\" } }";

// A check by SQL, which may hold single quotes but no double ones.
inline std::string SqlCheck(const std::string& sql) {
  return Check(absl::StrCat("expression { sql { sql: \"", sql, "\" } }", kProbes));
}

inline std::string NewTable(const std::string& body) {
  return absl::StrCat("step { create_table { name: \"t\" column { name: \"c\" type: INTEGER } ",
                      body, " } }\n");
}

inline std::string NewColumn(const std::string& column, const std::string& rest = "") {
  return absl::StrCat("step { add_column { table: \"t\" rationale: \"r\" column { name: \"c\" ",
                      column, " } ", rest, " } }\n");
}

inline std::string ForeignKey(const std::string& body) {
  return absl::StrCat(
      "step { add_foreign_key { table: \"t\" name: \"t_p\" rationale: \"r\" columns: \"c\" "
      "references_table: \"p\" index_name: \"t_c_idx\" ",
      body, " } }\n");
}

// A step that runs `sql` on both engines; `rest` are further fields.
inline std::string Run(const std::string& sql, const std::string& rest = "") {
  return absl::StrCat(
      "step { sql { rationale: \"r\" irreversible: \"r\" changes_table: \"t\" up { sql: \"", sql,
      "\" } ", rest, " } }\n");
}

inline std::string RunPostgres(const std::string& sql, const std::string& rest = "") {
  return absl::StrCat(
      "step { sql { rationale: \"r\" irreversible: \"r\" changes_table: \"t\" up { sqlite: "
      "\"SELECT 1\" "
      "postgres: \"",
      sql, "\" } ", rest, " } }\n");
}

inline std::string Critical() { return "criticality { table: \"T\" level: CRITICAL }\n"; }
inline constexpr char kDropTable[] = "step { drop_table { name: \"t\" rationale: \"r\" } }\n";
inline constexpr char kDropColumn[] =
    "step { drop_column { table: \"t\" column: \"c\" rationale: \"r\" } }\n";
inline constexpr char kRename[] =
    "step { rename_column { table: \"t\" from: \"a\" to: \"b\" rationale: \"r\" } }\n";
inline constexpr char kContract[] = "phase: CONTRACT contract { expanded_by: 1 }\n";

}  // namespace daybook::migration::cases
