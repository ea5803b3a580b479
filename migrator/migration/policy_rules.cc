#include <array>
#include <optional>
#include <set>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "migrator/migration/decimal.h"
#include "migrator/migration/rule.h"
#include "migrator/migration/sql_piece.h"
#include "migrator/sqltext/name.h"
#include "schema/rule.h"

namespace daybook::migration {
namespace {

using ::daybook::sqltext::FoldName;
using ::daybook::sqltext::SameName;

bool IsNullable(const v1::AddCheck& check) {
  if (check.has_expression()) return check.expression().has_sql() || check.expression().nullable();
  const schema::v1::Rule& rule = check.rule();
  return rule.string().nullable() || rule.int64().nullable() || rule.enum_().nullable() ||
         rule.time().nullable();
}

void JudgeTruncate(const Subject& subject, Report report) {
  for (const auto& [place, check] : subject.Of<v1::AddCheck>()) {
    if (!check.on_violation().has_truncate()) continue;
    const uint32_t longest = check.rule().string().max_chars();
    const uint32_t kept = check.on_violation().truncate().max_chars();
    if (longest == 0) {
      report(place, "truncate mends a rule with max_chars, which this is not");
    } else if (kept > longest || (kept != 0 && kept < check.rule().string().min_chars())) {
      report(place, absl::StrCat("truncate to ", kept, " characters leaves what breaks the rule"));
    }
  }
}

bool IsNumeric(const v1::AddCheck& check) {
  return check.rule().has_int64() || check.expression().has_number();
}

// Whether there is a value next to the ones that break the rule.
bool HasNearest(const v1::AddCheck& check) {
  const schema::v1::Int64Rule& integer = check.rule().int64();
  const v1::NumberRule& number = check.expression().number();
  if (!number.gt().empty() || !number.lt().empty()) return false;
  return integer.has_gte() || integer.has_gt() || integer.has_lte() || integer.has_lt() ||
         !number.gte().empty() || !number.lte().empty();
}

bool Accepts(const v1::NumberRule& rule, const Decimal& value) {
  const auto holds = [&](const std::string& text, auto compare) {
    const auto bound = Decimal::Parse(text);
    return !bound.ok() || compare(value, *bound);
  };
  return holds(rule.gte(), std::greater_equal<>()) && holds(rule.gt(), std::greater<>()) &&
         holds(rule.lte(), std::less_equal<>()) && holds(rule.lt(), std::less<>());
}

// Whether the rule of a numeric check allows `text`.
bool Accepts(const v1::AddCheck& check, const std::string& text) {
  if (check.rule().has_int64()) {
    int64_t integer = 0;
    return absl::SimpleAtoi(text, &integer) &&
           !schema::IntegerRule(check.rule().int64()).Broken(integer);
  }
  const auto number = Decimal::Parse(text);
  return number.ok() && Accepts(check.expression().number(), *number);
}

void JudgeClamp(const Subject& subject, Report report) {
  for (const auto& [place, check] : subject.Of<v1::AddCheck>()) {
    if (!check.on_violation().has_clamp()) continue;
    const std::string& to = check.on_violation().clamp().to();
    if (!IsNumeric(check)) {
      report(place, "clamp mends a rule on numbers, which this is not");
    } else if (to.empty() && !HasNearest(check)) {
      report(place, "no allowed value is the nearest one; clamp must say `to`");
    } else if (!to.empty() && !Accepts(check, to)) {
      report(place, absl::StrCat("clamp to ", to, " breaks the rule"));
    }
  }
}

void JudgeSetNull(const Subject& subject, Report report) {
  for (const auto& [place, check] : subject.Of<v1::AddCheck>()) {
    if (check.on_violation().has_set_null() && !IsNullable(check)) {
      report(place, "set_null leaves NULL, which the rule does not allow");
    }
  }
}

void JudgeForeignKeyPolicies(const Subject& subject, Report report) {
  for (const auto& [place, key] : subject.Of<v1::AddForeignKey>()) {
    if (key.on_violation().has_truncate() || key.on_violation().has_clamp()) {
      report(place, "an orphan is neither cut nor moved into place");
    }
  }
}

void JudgeProbeRows(const Subject& subject, Report report) {
  for (const auto& [place, check] : subject.Of<v1::AddCheck>()) {
    if (!check.expression().has_sql()) continue;
    if (check.accept().empty()) report(place, "accept is missing");
    if (check.reject().empty()) report(place, "reject is missing");
  }
}

void JudgeCompare(const Subject& subject, Report report) {
  for (const auto& [place, check] : subject.Of<v1::AddCheck>()) {
    const v1::CompareRule& rule = check.expression().compare();
    for (const std::string& other :
         {rule.gt(), rule.gte(), rule.lt(), rule.lte(), rule.eq(), rule.ne()}) {
      if (!other.empty() && SameName(other, check.column())) {
        report(place, "compares the column with itself");
      }
    }
  }
}

// Which tables are critical, as far as the migrations up to here have said.
class CriticalTables {
 public:
  void Learn(const Place& place) {
    const auto* level = As<v1::TableCriticality>(place);
    if (level == nullptr) return;
    const std::string key = FoldName(level->table());
    tables_.erase(key);
    if (level->level() == v1::TableCriticality::CRITICAL) tables_.insert(key);
  }
  bool Contains(const std::string& table) const { return tables_.contains(FoldName(table)); }

 private:
  std::set<std::string> tables_;
};

// What a foreign key with ON DELETE CASCADE does to critical tables, "" where it
// does nothing to them.
std::string CascadeAt(const Place& place, const CriticalTables& critical) {
  const auto* add = As<v1::AddForeignKey>(place);
  const auto* alter = As<v1::AlterForeignKey>(place);
  const bool cascades = (add != nullptr && add->on_delete() == v1::AddForeignKey::CASCADE) ||
                        (alter != nullptr && alter->on_delete() == v1::AddForeignKey::CASCADE);
  const std::string table = TableOf(place);
  if (cascades && critical.Contains(table)) {
    return absl::StrCat("ON DELETE CASCADE deletes rows of ", table, ", a CRITICAL table");
  }
  if (!cascades || add == nullptr || !critical.Contains(add->references_table())) return "";
  return absl::StrCat("ON DELETE CASCADE makes deleting from ", add->references_table(),
                      ", a CRITICAL table, delete more");
}

// The same of statements: of those that create or alter a critical table.
void JudgeCascadesIn(const SqlPiece& piece, const CriticalTables& critical, Report report) {
  for (const Statement& statement : StatementsOf(piece)) {
    const std::string table = NameAt(piece, TableNameAt(piece, statement));
    if (!critical.Contains(table)) continue;
    for (size_t i = statement.begin; i < statement.end; ++i) {
      if (!piece.At(i, "ON", "DELETE", "CASCADE")) continue;
      report(piece.place(), piece.Locate(i, absl::StrCat("ON DELETE CASCADE deletes rows of ",
                                                         table, ", a CRITICAL table")));
    }
  }
}

void JudgeCascades(const Subject& subject, Report report) {
  CriticalTables critical;
  auto piece = subject.sql().begin();  // of the next place that has SQL
  for (const Place& place : subject.places()) {
    critical.Learn(place);
    const std::string problem = CascadeAt(place, critical);
    if (!problem.empty()) report(place, problem);
    for (; piece != subject.sql().end() && &piece->place() == &place; ++piece) {
      JudgeCascadesIn(*piece, critical, report);
    }
  }
}

bool ChangesRows(const v1::OnViolation& policy) {
  return policy.policy_case() != v1::OnViolation::POLICY_NOT_SET && !policy.has_fail();
}

// What happens to rows that were there before, "" where nothing does.
std::string RowChangeAt(const Place& place) {
  if (const auto* check = As<v1::AddCheck>(place)) {
    return ChangesRows(check->on_violation()) ? "on_violation changes or takes out rows" : "";
  }
  if (const auto* key = As<v1::AddForeignKey>(place)) {
    return ChangesRows(key->on_violation()) ? "on_violation changes or takes out rows" : "";
  }
  if (const auto* fill = As<v1::Backfill>(place)) {
    return fill->overwrite() ? "overwrites values" : "";
  }
  if (As<v1::DropColumn>(place) != nullptr) return "drops a column";
  if (As<v1::DropTable>(place) != nullptr) return "drops the table";
  return "";
}

void JudgeApproval(const Subject& subject, Report report) {
  CriticalTables critical;
  for (const Place& place : subject.places()) {
    critical.Learn(place);
    const std::string change = RowChangeAt(place);
    const std::string table = TableOf(place);
    if (!change.empty() && critical.Contains(table)) {
      report(place, absl::StrCat(change, " of ", table, ", a CRITICAL table"));
    }
    const auto* sql = As<v1::RunSql>(place);
    if (sql == nullptr) continue;
    for (const std::string& changed : sql->changes_table()) {
      if (critical.Contains(changed)) {
        report(place, absl::StrCat("changes rows of ", changed, ", a CRITICAL table"));
      }
    }
  }
}

constexpr std::array<Rule, 8> kPolicyRules = {{
    {"truncate-unfit", Severity::kError,
     "use it with rule { string { max_chars } }, or choose another policy", JudgeTruncate},
    {"clamp-unfit", Severity::kError,
     "use it with bounds on a number, and a `to` that meets them, or choose another policy",
     JudgeClamp},
    {"set-null-unfit", Severity::kError, "make the rule nullable, or choose another policy",
     JudgeSetNull},
    {"foreign-key-policy", Severity::kError, "choose fail, quarantine or set_null",
     JudgeForeignKeyPolicies},
    {"probe-rows-missing", Severity::kError,
     "give a row that SQL must accept and one it must reject: nobody else knows its bounds",
     JudgeProbeRows},
    {"compare-with-itself", Severity::kError, "name another column", JudgeCompare},
    {"cascade-critical", Severity::kError,
     "use RESTRICT, and let programs delete what they mean to", JudgeCascades},
    {"critical-needs-approval", Severity::kWarning,
     "review the rows that `plan` counts, then `apply --approve` with its hash", JudgeApproval},
}};

}  // namespace

std::span<const Rule> PolicyRules() { return kPolicyRules; }

}  // namespace daybook::migration
