#include "migrator/app/guards.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/sqlite/environment.h"
#include "migrator/sqlite/foreign_keys.h"
#include "migrator/sqlite/mend.h"
#include "migrator/sqlite/plan_text.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::v1::Migration;
using ::daybook::migration::v1::Step;
using ::daybook::migration::v1::TableCriticality;
using ::daybook::sqltext::FoldName;
using Verdict = Check::Verdict;

void Learn(const Migration& migration, std::map<std::string, TableCriticality::Level>& levels) {
  for (const TableCriticality& table : migration.criticality()) {
    levels[FoldName(table.table())] = table.level();
  }
}

// The CRITICAL tables among those that are there before the plan, folded.
std::set<std::string> CriticalTables(const State& state, const Prepared& prepared) {
  std::map<std::string, TableCriticality::Level> levels;
  for (const sqlite::AppliedMigration& applied : state.history) Learn(applied.content, levels);
  for (const migration::MigrationFile* const file : state.pending) {
    if (file->migration.version() > prepared.plan.version) break;
    Learn(file->migration, levels);
  }
  std::set<std::string> critical;
  for (const auto& [table, level] : levels) {
    const bool is_there = prepared.plan.before.Find(sqlite::SchemaObject::TABLE, table) != nullptr;
    if (is_there && level == TableCriticality::CRITICAL) critical.insert(table);
  }
  return critical;
}

bool ChangesRows(const migration::v1::OnViolation& policy) {
  return policy.policy_case() != migration::v1::OnViolation::POLICY_NOT_SET && !policy.has_fail();
}

// The tables whose rows go with those of `table`, itself among them, folded.
std::set<std::string> WithReferencing(const std::string& table,
                                      const std::vector<sqlite::ForeignKey>& keys) {
  std::set<std::string> tables = {FoldName(table)};
  for (bool grows = true; grows;) {
    grows = false;
    for (const sqlite::ForeignKey& key : keys) {
      if (tables.contains(FoldName(key.parent)) && tables.insert(FoldName(key.child)).second) {
        grows = true;
      }
    }
  }
  return tables;
}

// What the steps do to rows whatever these hold: the table, and the words for it.
std::vector<std::pair<std::string, std::string>> CertainChanges(const Migration& migration) {
  std::vector<std::pair<std::string, std::string>> changes;
  for (const Step& step : migration.step()) {
    if (step.has_backfill()) changes.emplace_back(step.backfill().table(), "fills a column");
    if (step.has_drop_column()) changes.emplace_back(step.drop_column().table(), "drops a column");
    if (step.has_drop_table()) changes.emplace_back(step.drop_table().name(), "drops the table");
    for (const std::string& table : step.sql().changes_table()) {
      changes.emplace_back(table, "runs SQL that changes rows");
    }
  }
  return changes;
}

// Looks at one plan.
class ApprovalChecks {
 public:
  ApprovalChecks(Connection& database, const State& state, const Options& options,
                 Prepared& prepared)
      : database_(database),
        critical_(CriticalTables(state, prepared)),
        hash_(sqlite::HashOf(prepared.plan, prepared.file->checksum)),
        is_approved_(options.approve == hash_),
        prepared_(prepared) {}

  absl::Status Run();

 private:
  absl::Status LookAt(sqlite::Mend& mend, const std::vector<sqlite::ForeignKey>& keys);
  void Add(const std::string& table, const std::string& what);

  Connection& database_;
  const std::set<std::string> critical_;
  const std::string hash_;
  const bool is_approved_;
  Prepared& prepared_;
};

void ApprovalChecks::Add(const std::string& table, const std::string& what) {
  const std::string id = absl::StrCat("approval:", table);
  const std::string text = absl::StrCat(what, " of ", table, ", a CRITICAL table");
  prepared_.checks.push_back(
      is_approved_ ? Check{.id = id, .text = absl::StrCat(text, ": this plan is approved")}
                   : Check{.id = id,
                           .verdict = Verdict::kFailed,
                           .text = absl::StrCat(text,
                                                ": look at daybook-migrate plan, then say apply"
                                                " --approve ",
                                                hash_),
                           .code = ExitCode::kRefused});
}

absl::Status ApprovalChecks::LookAt(sqlite::Mend& mend,
                                    const std::vector<sqlite::ForeignKey>& keys) {
  if (!ChangesRows(mend.policy)) return absl::OkStatus();
  std::set<std::string> touched = {FoldName(mend.table)};
  if (mend.policy.quarantine().with_referencing_rows()) touched = WithReferencing(mend.table, keys);
  std::vector<std::string> critical;
  std::set_intersection(touched.begin(), touched.end(), critical_.begin(), critical_.end(),
                        std::back_inserter(critical));
  if (critical.empty()) return absl::OkStatus();
  // Not to be counted where an earlier step makes the column.
  const absl::StatusOr<int64_t> rows = sqlite::CountViolations(database_, mend);
  if (!rows.ok() && !absl::IsInternal(rows.status())) return rows.status();
  if (rows.ok() && *rows == 0) {
    mend.is_unapproved = !is_approved_;
    return absl::OkStatus();
  }
  Add(absl::StrJoin(critical, ", "),
      absl::StrCat("on_violation of ", mend.constraint, " changes or takes out rows"));
  return absl::OkStatus();
}

absl::Status ApprovalChecks::Run() {
  if (critical_.empty()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const auto keys, sqlite::ForeignKeys(database_));
  for (sqlite::Action& action : prepared_.plan.actions) {
    auto* const mend = std::get_if<sqlite::Mend>(&action);
    if (mend != nullptr) DAYBOOK_RETURN_IF_ERROR(LookAt(*mend, keys));
  }
  for (const auto& [table, what] : CertainChanges(prepared_.file->migration)) {
    if (critical_.contains(FoldName(table))) Add(table, absl::StrCat("the plan ", what));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Check> CheckEnvironment(Connection& database, const State& state) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::string mark, sqlite::ReadEnvironment(database));
  const std::string is = mark.empty() ? "has no mark" : absl::StrCat("is marked ", mark);
  for (const migration::MigrationFile* const file : state.pending) {
    const auto& suits = file->migration.environment();
    if (suits.empty() || std::find(suits.begin(), suits.end(), mark) != suits.end()) continue;
    return Check{.id = "environment",
                 .verdict = Verdict::kFailed,
                 .text = absl::StrCat(
                     "migration ", file->migration.version(), " (", file->migration.name(),
                     ") may run in ", absl::StrJoin(suits, ", "), " alone, and the database ", is,
                     mark.empty() ? ": daybook-migrate environment --set sets one" : ""),
                 .code = ExitCode::kRefused};
  }
  return Check{.id = "environment", .text = absl::StrCat("the database ", is)};
}

absl::Status CheckCriticalTables(Connection& database, const State& state, const Options& options,
                                 Prepared& prepared) {
  if (options.on_copy) return absl::OkStatus();
  return ApprovalChecks(database, state, options, prepared).Run();
}

}  // namespace daybook::migrator::app
