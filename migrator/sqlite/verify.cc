#include "migrator/sqlite/verify.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/sqlite/foreign_key_probe.h"
#include "migrator/sqlite/foreign_keys.h"
#include "migrator/sqlite/probe.h"
#include "migrator/sqlite/records.h"
#include "migrator/sqlite/sequences.h"
#include "migrator/sqltext/create_table.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::v1::Assertion;
using ::daybook::migration::v1::Migration;
using ::daybook::sqltext::QuoteName;
using ::daybook::sqltext::SameName;

void Note(const std::vector<std::string>& faults, Findings& findings) {
  if (faults.empty()) ++findings.passed;
  findings.failed.insert(findings.failed.end(), faults.begin(), faults.end());
}

std::string Difference(const SchemaChange& change) {
  if (!change.has_after()) return absl::StrCat(Describe(change.before()), " is missing");
  if (!change.has_before()) return absl::StrCat(Describe(change.after()), " should not be there");
  return absl::StrCat(Describe(change.after()),
                      " is not what was declared: ", change.after().sql());
}

// The constraint's text in the table is what was declared, under its name.
absl::StatusOr<std::vector<std::string>> FaultsInText(const SchemaModel& model,
                                                      const CheckToProve& check) {
  const SchemaObject* const object = model.Find(SchemaObject::TABLE, check.table);
  if (object == nullptr) {
    return std::vector<std::string>{absl::StrCat("there is no table ", check.table)};
  }
  DAYBOOK_ASSIGN_OR_RETURN(const sqltext::CreateTable table,
                           sqltext::CreateTable::Parse(object->sql()));
  const sqltext::Constraint* const constraint = table.FindConstraint(check.name);
  if (constraint == nullptr) {
    return std::vector<std::string>{
        absl::StrCat("table ", check.table, " has no constraint ", check.name)};
  }
  if (table.Text(constraint->expression) != check.condition) {
    return std::vector<std::string>{
        absl::StrCat("constraint ", check.name, " of ", check.table, " is not what was declared")};
  }
  return std::vector<std::string>();
}

absl::StatusOr<std::vector<std::string>> FaultsInRows(Connection& database,
                                                      const CheckToProve& check) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const int64_t rows,
      database.QueryInteger(absl::StrCat("SELECT count(*) FROM ", QuoteName(check.table),
                                         " NOT INDEXED WHERE NOT (", check.condition, ")")));
  if (rows == 0) return std::vector<std::string>();
  return std::vector<std::string>{
      absl::StrCat(rows, " rows of ", check.table, " break ", check.name)};
}

// SQLite takes the declaration for granted where IS NULL is asked.
absl::StatusOr<std::vector<std::string>> NullsIn(Connection& database,
                                                 const NotNullToProve& not_null) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const int64_t rows,
      database.QueryInteger(absl::StrCat("SELECT count(*) FROM ", QuoteName(not_null.table),
                                         " NOT INDEXED WHERE typeof(", QuoteName(not_null.column),
                                         ") = 'null'")));
  if (rows == 0) return std::vector<std::string>();
  return std::vector<std::string>{
      absl::StrCat(rows, " rows of ", not_null.table, " have no ", not_null.column)};
}

void NoteProbes(const std::string& name, const ProbeResult& probes, Findings& findings) {
  std::vector<std::string> faults;
  for (const std::string& fault : probes.faults) {
    faults.push_back(absl::StrCat("probe of ", name, ": ", fault));
  }
  Note(faults, findings);
}

// A table that goes may come back as another of its name.
bool Goes(const std::string& table, const Plan& plan) {
  return std::any_of(plan.actions.begin(), plan.actions.end(), [&](const Action& action) {
    const auto* const drop = std::get_if<Drop>(&action);
    return drop != nullptr && drop->object.kind() == SchemaObject::TABLE &&
           SameName(drop->object.name(), table);
  });
}

std::vector<std::string> ChangedSequences(const std::map<std::string, int64_t>& before,
                                          const std::map<std::string, int64_t>& after,
                                          const Plan& plan) {
  std::vector<std::string> changed;
  const auto is_exempt = [&](const std::string& table) {
    return plan.after.Find(SchemaObject::TABLE, table) == nullptr ||
           plan.before.Find(SchemaObject::TABLE, table) == nullptr || Goes(table, plan) ||
           std::any_of(plan.freely_changed.begin(), plan.freely_changed.end(),
                       [&](const std::string& other) { return SameName(other, table); });
  };
  for (const auto& [table, number] : before) {
    const auto now = after.find(table);
    if (is_exempt(table) || (now != after.end() && now->second == number)) continue;
    changed.push_back(absl::StrCat("the sequence of ", table, " was ", number, " and is ",
                                   now == after.end() ? "gone" : absl::StrCat(now->second)));
  }
  for (const auto& [table, number] : after) {
    if (is_exempt(table) || before.contains(table)) continue;
    changed.push_back(
        absl::StrCat("table ", table, " has a sequence at ", number, " that it had not"));
  }
  return changed;
}

std::vector<std::string> NotKept(const Fingerprint& wanted, const Fingerprint& kept) {
  if (kept == wanted) return {};
  return {absl::StrCat("mig_quarantine was given ", wanted.rows(), " rows and holds ", kept.rows(),
                       kept.rows() == wanted.rows() ? ", but not as they were" : "")};
}

std::vector<std::string> NewViolations(const std::multiset<std::string>& before,
                                       const std::multiset<std::string>& after) {
  std::vector<std::string> added;
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                      std::back_inserter(added));
  constexpr size_t kShown = 20;
  const size_t all = added.size();
  if (all > kShown) {
    added.resize(kShown);
    added.push_back(absl::StrCat("and ", all - kShown, " more"));
  }
  return added;
}

void NoteAssertions(const std::vector<AssertionResult>& results, Findings& findings) {
  for (const AssertionResult& result : results) {
    const std::string text = absl::StrCat(result.rows, " rows break `", result.name, "`");
    if (result.rows == 0) {
      ++findings.passed;
    } else if (result.severity == Assertion::ERROR) {
      findings.failed.push_back(text);
    } else {
      findings.warned.push_back(text);
    }
  }
}

}  // namespace

absl::StatusOr<Remembered> Remember(Connection& database) {
  Remembered remembered;
  DAYBOOK_ASSIGN_OR_RETURN(remembered.last_kept_row, LastKeptRow(database));
  DAYBOOK_ASSIGN_OR_RETURN(remembered.sequences, Sequences(database));
  DAYBOOK_ASSIGN_OR_RETURN(remembered.foreign_key_violations, ForeignKeyViolations(database));
  return remembered;
}

absl::StatusOr<Answers> AskBefore(Connection& database, const Plan& plan,
                                  const Migration& migration) {
  Answers answers;
  if (plan.is_down) return answers;
  DAYBOOK_ASSIGN_OR_RETURN(answers.invariants, AskInvariants(database, migration));
  DAYBOOK_ASSIGN_OR_RETURN(answers.golden_queries, RunGoldenQueries(database, migration));
  return answers;
}

absl::StatusOr<Findings> VerifySchema(Connection& database, const Plan& plan) {
  DAYBOOK_ASSIGN_OR_RETURN(const SchemaModel now, SchemaModel::Read(database));
  Findings findings;
  std::vector<std::string> faults;
  for (const SchemaChange& change : now.Since(plan.after)) faults.push_back(Difference(change));
  Note(faults, findings);
  return findings;
}

absl::StatusOr<Findings> VerifyConstraints(Connection& database, const Plan& plan, Depth depth) {
  DAYBOOK_ASSIGN_OR_RETURN(const SchemaModel model, SchemaModel::Read(database));
  Findings findings;
  for (const CheckToProve& check : plan.checks) {
    DAYBOOK_ASSIGN_OR_RETURN(std::vector<std::string> faults, FaultsInText(model, check));
    Note(faults, findings);
    if (!faults.empty()) continue;
    if (depth != Depth::kProbes) {
      DAYBOOK_ASSIGN_OR_RETURN(faults, FaultsInRows(database, check));
      Note(faults, findings);
    }
    if (depth == Depth::kRows) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const ProbeResult probes, ProbeCheck(database, check));
    NoteProbes(check.name, probes, findings);
  }
  for (const NotNullToProve& not_null : plan.not_nulls) {
    if (depth != Depth::kProbes) {
      DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> nulls, NullsIn(database, not_null));
      Note(nulls, findings);
    }
    if (depth == Depth::kRows) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const ProbeResult probes, ProbeNotNull(database, not_null));
    NoteProbes(absl::StrCat(not_null.table, ".", not_null.column, " NOT NULL"), probes, findings);
  }
  return findings;
}

absl::StatusOr<Findings> VerifyForeignKeys(Connection& database, const Plan& plan) {
  Findings findings;
  for (const ForeignKeyToProve& key : plan.foreign_keys) {
    DAYBOOK_ASSIGN_OR_RETURN(const ProbeResult probes, ProbeForeignKey(database, key));
    NoteProbes(absl::StrCat("the foreign key of ", key.table, " to ", key.parent), probes,
               findings);
  }
  return findings;
}

absl::StatusOr<Findings> VerifyKept(Connection& database, const Plan& plan, Conservation& books,
                                    const Remembered& before) {
  Findings findings;
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> differences, books.Differences(database));
  Note(differences, findings);
  DAYBOOK_ASSIGN_OR_RETURN(const Fingerprint kept,
                           FingerprintOfKeptRows(database, before.last_kept_row));
  Note(NotKept(books.kept(), kept), findings);
  DAYBOOK_ASSIGN_OR_RETURN(const auto sequences, Sequences(database));
  Note(ChangedSequences(before.sequences, sequences, plan), findings);
  DAYBOOK_ASSIGN_OR_RETURN(const auto violations, ForeignKeyViolations(database));
  Note(NewViolations(before.foreign_key_violations, violations), findings);
  return findings;
}

absl::StatusOr<Findings> VerifyAnswers(Connection& database, const Plan& plan,
                                       const Migration& migration, const Answers& before) {
  Findings findings;
  if (plan.is_down) return findings;
  DAYBOOK_ASSIGN_OR_RETURN(const auto invariants, AskInvariants(database, migration));
  Note(MovedInvariants(migration, before.invariants, invariants), findings);
  DAYBOOK_ASSIGN_OR_RETURN(const auto assertions,
                           CheckAssertions(database, migration, Assertion::AFTER));
  NoteAssertions(assertions, findings);
  DAYBOOK_ASSIGN_OR_RETURN(const auto golden_faults,
                           GoldenFaults(database, migration, before.golden_queries));
  Note(golden_faults, findings);
  return findings;
}

void Append(const Findings& more, Findings& findings) {
  findings.passed += more.passed;
  findings.failed.insert(findings.failed.end(), more.failed.begin(), more.failed.end());
  findings.warned.insert(findings.warned.end(), more.warned.begin(), more.warned.end());
}

}  // namespace daybook::migrator::sqlite
