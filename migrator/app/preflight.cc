#include "migrator/app/preflight.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "migrator/app/guards.h"
#include "migrator/green/place.h"
#include "migrator/migration/failure.h"
#include "migrator/sqlite/foreign_keys.h"
#include "migrator/sqlite/mend.h"
#include "migrator/sqlite/planner.h"
#include "migrator/sqlite/questions.h"
#include "migrator/sqlite/table_shape.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::migration::Failure;
using ::daybook::migration::v1::Assertion;
using ::daybook::migration::v1::Migration;
using ::daybook::sqltext::QuoteName;
using Verdict = Check::Verdict;

constexpr char kSelectEncoding[] = "PRAGMA encoding";
constexpr char kSelectLeftovers[] =
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'mig\\_new\\_%' ESCAPE '\\'";
// How many of the rows that are in the way are named.
constexpr int kShownRows = 5;

Check Passed(std::string id, std::string text) {
  return {.id = std::move(id), .verdict = Verdict::kPassed, .text = std::move(text)};
}

Check Warned(std::string id, std::string text) {
  return {.id = std::move(id), .verdict = Verdict::kWarned, .text = std::move(text)};
}

Check Failed(std::string id, std::string text, ExitCode code) {
  return {.id = std::move(id), .verdict = Verdict::kFailed, .text = std::move(text), .code = code};
}

absl::StatusOr<std::vector<std::string>> SelectTexts(Connection& database, const char* sql) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.Prepare(sql));
  std::vector<std::string> texts;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return texts;
    texts.push_back(select.Text(0));
  }
}

// " (rowid 3, 7, …)": which rows, without what they hold.
absl::StatusOr<std::string> SomeRows(Connection& database, const sqlite::Mend& mend, int64_t rows) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<int64_t> first,
                           sqlite::FirstViolations(database, mend, kShownRows));
  if (first.empty()) return "";
  return absl::StrCat(" (rowid ", absl::StrJoin(first, ", "), rows > kShownRows ? ", …)" : ")");
}

absl::StatusOr<Check> ViolationCheck(Connection& database, const sqlite::Mend& mend, int64_t rows) {
  const std::string id = absl::StrCat("violations:", mend.constraint);
  if (rows == 0) {
    return Passed(id, absl::StrCat("no row of ", mend.table, " breaks ", mend.constraint));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::string which, SomeRows(database, mend, rows));
  const std::string text = absl::StrCat(rows, rows == 1 ? " row of " : " rows of ", mend.table,
                                        rows == 1 ? " breaks " : " break ", mend.constraint, which);
  if (!sqlite::Decides(mend.policy)) {
    return Failed(id, text + ", and the migration does not say what to do with them",
                  ExitCode::kData);
  }
  DAYBOOK_ASSIGN_OR_RETURN(const sqlite::TableShape shape,
                           sqlite::ReadTableShape(database, mend.table));
  const absl::Status told_apart = sqlite::CheckRowsToldApart(database, shape);
  if (!told_apart.ok()) {
    return Failed(id, absl::StrCat(text, "; ", told_apart.message()), ExitCode::kRefused);
  }
  return Warned(id, text + "; on_violation says what becomes of them");
}

absl::StatusOr<std::vector<std::string>> CheckViolations(Connection& database,
                                                         const sqlite::Plan& plan,
                                                         std::vector<Check>& checks) {
  std::vector<std::string> mended;
  for (const sqlite::Action& action : plan.actions) {
    const auto* const mend = std::get_if<sqlite::Mend>(&action);
    if (mend == nullptr || !mend->can_be_counted) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const int64_t rows, sqlite::CountViolations(database, *mend));
    DAYBOOK_ASSIGN_OR_RETURN(Check check, ViolationCheck(database, *mend, rows));
    checks.push_back(std::move(check));
    if (rows > 0) mended.push_back(mend->table);
  }
  return mended;
}

absl::Status CheckOwnAssertions(Connection& database, const Migration& migration,
                                std::vector<Check>& checks) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto results,
                           sqlite::CheckAssertions(database, migration, Assertion::BEFORE));
  for (const sqlite::AssertionResult& result : results) {
    const std::string id = absl::StrCat("assertion:", result.name);
    const std::string text = absl::StrCat(result.rows, " rows break `", result.name, "`");
    if (result.rows == 0 || result.severity == Assertion::INFO) {
      checks.push_back(Passed(id, text));
    } else if (result.severity == Assertion::WARNING) {
      checks.push_back(Warned(id, text));
    } else {
      checks.push_back(Failed(id, text, ExitCode::kData));
    }
  }
  return absl::OkStatus();
}

// What a contract asks before the second half of a change.
Check ContractCheck(const Migration& migration, const State& state, const Options& options) {
  const auto& contract = migration.contract();
  const absl::Time now = options.clock.Now();
  for (const sqlite::AppliedMigration& applied : state.history) {
    if (applied.version != contract.expanded_by()) continue;
    const auto applied_at = ParseTime(applied.applied_at);
    const absl::Time ripe = absl::FromUnixMicros(applied_at.ok() ? *applied_at : 0) +
                            absl::Hours(contract.soak_hours());
    if (options.skip_waiting) {
      return Passed("contract", "what it waits for is taken to have passed: this is a trial");
    }
    if (now < ripe) {
      return Failed("contract",
                    absl::StrCat("version ", applied.version, " must have been in place for ",
                                 contract.soak_hours(), " hours; that is so from ",
                                 FormatTime(FloorToMicros(ripe))),
                    ExitCode::kRefused);
    }
    const auto not_before = ParseTime(contract.not_before());
    if (not_before.ok() && now < absl::FromUnixMicros(*not_before)) {
      return Failed("contract", absl::StrCat("not before ", contract.not_before()),
                    ExitCode::kRefused);
    }
    return Passed("contract", absl::StrCat("version ", applied.version, " is in place"));
  }
  return Failed(
      "contract",
      absl::StrCat("version ", contract.expanded_by(), ", the first half, is not applied"),
      ExitCode::kRefused);
}

// Which rows a DELETE would take along.
absl::StatusOr<Check> CascadeCheck(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto keys, sqlite::ForeignKeys(database));
  std::vector<std::string> cascades;
  for (const sqlite::ForeignKey& key : keys) {
    if (key.on_delete != "CASCADE") continue;
    DAYBOOK_ASSIGN_OR_RETURN(
        const int64_t rows,
        database.QueryInteger(absl::StrCat("SELECT count(*) FROM ", QuoteName(key.child))));
    cascades.push_back(absl::StrCat(key.parent, " takes ", key.child, " (", rows, " rows)"));
  }
  if (cascades.empty()) return Passed("cascades", "no foreign key deletes rows along");
  return Warned("cascades",
                absl::StrCat("a DELETE takes rows along: ", absl::StrJoin(cascades, "; ")));
}

Check PlaceCheck(const Options& options) {
  const absl::Status place = green::CheckPlace(options.database);
  if (place.ok()) return Passed("exchange", "the file can change places with its copy");
  return Failed("exchange", std::string(place.message()), migration::ExitCodeOf(place));
}

absl::StatusOr<Check> EncodingCheck(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto encoding, SelectTexts(database, kSelectEncoding));
  if (encoding == std::vector<std::string>{"UTF-8"}) return Passed("encoding", "text is UTF-8");
  return Failed("encoding", "text is UTF-16, which the migrator does not support",
                ExitCode::kRefused);
}

absl::StatusOr<Check> LeftoverCheck(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto leftovers, SelectTexts(database, kSelectLeftovers));
  if (leftovers.empty()) return Passed("leftovers", "no other tool left a half-made table");
  return Warned(
      "leftovers",
      absl::StrCat("tables that look left behind by a crashed tool, and are not touched: ",
                   absl::StrJoin(leftovers, ", ")));
}

absl::StatusOr<Check> DriftCheck(Connection& database, const State& state) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto drift, Drift(database, state));
  if (drift.empty()) return Passed("drift", "the schema is as the last migration left it");
  return Failed(
      "drift",
      absl::StrCat("the schema was changed since the last migration: ", absl::StrJoin(drift, "; ")),
      ExitCode::kHistoryMismatch);
}

absl::StatusOr<Check> ReferenceCheck(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto violations, sqlite::ForeignKeyViolations(database));
  if (violations.empty()) return Passed("references", "every foreign key finds its row");
  return Warned(
      "references",
      absl::StrCat(violations.size(), " rows break foreign keys already; only new ones count"));
}

std::string VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPassed:
      return "passed";
    case Verdict::kWarned:
      return "warned";
    case Verdict::kFailed:
      return "failed";
  }
  return "";
}

void Count(Verdict verdict, RunRecord& record) {
  switch (verdict) {
    case Verdict::kPassed:
      ++record.passed;
      return;
    case Verdict::kWarned:
      ++record.warned;
      ++record.warnings;
      return;
    case Verdict::kFailed:
      ++record.failed;
      return;
  }
}

absl::StatusOr<sqlite::Plan> PlanFile(const migration::MigrationFile& file,
                                      const sqlite::SchemaModel& schema, sqlite::Enums& enums) {
  absl::StatusOr<sqlite::Plan> plan = sqlite::PlanUp(file.migration, schema, enums);
  if (plan.ok()) return plan;
  return Failure(absl::IsInvalidArgument(plan.status()) ? ExitCode::kUsage : ExitCode::kRefused,
                 absl::StrCat(file.file_name, ": ", plan.status().message()),
                 "mend the migration, or the database it is for");
}

}  // namespace

absl::StatusOr<Prepared> Prepare(Connection& database, const migration::MigrationFile& file,
                                 const sqlite::SchemaModel& schema, sqlite::Enums& enums,
                                 const State& state, const Options& options) {
  Prepared prepared{.file = &file};
  DAYBOOK_ASSIGN_OR_RETURN(prepared.plan, PlanFile(file, schema, enums));
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> mended,
                           CheckViolations(database, prepared.plan, prepared.checks));
  DAYBOOK_RETURN_IF_ERROR(CheckOwnAssertions(database, file.migration, prepared.checks));
  if (file.migration.has_contract()) {
    prepared.checks.push_back(ContractCheck(file.migration, state, options));
  }
  const absl::Status chosen =
      sqlite::ChooseStrategy(file.migration.strategy(), mended, prepared.plan);
  if (!chosen.ok()) {
    return Failure(ExitCode::kRefused, absl::StrCat(file.file_name, ": ", chosen.message()),
                   "leave `strategy` to the planner");
  }
  DAYBOOK_RETURN_IF_ERROR(CheckCriticalTables(database, state, options, prepared));
  if (prepared.plan.strategy == sqlite::Plan::Strategy::kBlueGreen && !options.on_copy) {
    prepared.checks.push_back(PlaceCheck(options));
  }
  return prepared;
}

absl::StatusOr<std::vector<Prepared>> PrepareAll(Connection& database, const State& state,
                                                 const Options& options) {
  std::vector<Prepared> all;
  sqlite::SchemaModel schema = state.schema;
  sqlite::Enums enums = EnumsOf(state.history);
  for (const migration::MigrationFile* const file : state.pending) {
    DAYBOOK_ASSIGN_OR_RETURN(Prepared prepared,
                             Prepare(database, *file, schema, enums, state, options));
    schema = prepared.plan.after;
    all.push_back(std::move(prepared));
  }
  return all;
}

absl::Status CheckAllCanBePlanned(const State& state) {
  sqlite::SchemaModel schema = state.schema;
  sqlite::Enums enums = EnumsOf(state.history);
  for (const migration::MigrationFile* const file : state.pending) {
    DAYBOOK_ASSIGN_OR_RETURN(sqlite::Plan plan, PlanFile(*file, schema, enums));
    schema = std::move(plan.after);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Check>> CheckDatabase(Connection& database, const State& state,
                                                 const Options& options) {
  std::vector<Check> checks;
  if (!options.on_copy) {
    DAYBOOK_ASSIGN_OR_RETURN(Check environment, CheckEnvironment(database, state));
    checks.push_back(std::move(environment));
  }
  for (const auto& look : {EncodingCheck, LeftoverCheck, CascadeCheck, ReferenceCheck}) {
    DAYBOOK_ASSIGN_OR_RETURN(Check check, look(database));
    checks.push_back(std::move(check));
  }
  DAYBOOK_ASSIGN_OR_RETURN(Check drift, DriftCheck(database, state));
  checks.push_back(std::move(drift));
  return checks;
}

absl::Status CheckWarnings(const Options& options, const Report& report) {
  const int warnings = report.record().warnings;
  if (!options.warnings_as_errors || warnings == 0) return absl::OkStatus();
  return Failure(
      ExitCode::kRefused,
      absl::StrCat(warnings, warnings == 1 ? " warning is an error" : " warnings are errors",
                   " by --warnings-as-errors; nothing was changed"),
      "mend what the warnings above say, or allow them");
}

absl::Status TellChecks(const std::vector<Check>& checks, Report& report) {
  const Check* first_failed = nullptr;
  for (const Check& check : checks) {
    const std::string verdict = VerdictName(check.verdict);
    report.Step("check", absl::StrCat(verdict, "  ", check.id, "  ", check.text),
                {{"id", check.id}, {"verdict", verdict}, {"detail", check.text}});
    Count(check.verdict, report.record());
    if (check.verdict == Verdict::kFailed && first_failed == nullptr) first_failed = &check;
  }
  if (first_failed == nullptr) return absl::OkStatus();
  return Failure(first_failed->code, first_failed->text,
                 first_failed->code == ExitCode::kData
                     ? "daybook-migrate plan shows the conditions; mend the rows, or give the step"
                       " on_violation"
                     : "mend what the check says, then run it again");
}

}  // namespace daybook::migrator::app
