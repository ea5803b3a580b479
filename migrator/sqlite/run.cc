#include "migrator/sqlite/run.h"

#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "migrator/migration/failure.h"
#include "migrator/sqlite/budget.h"
#include "migrator/sqlite/execute.h"
#include "migrator/sqlite/plan_text.h"
#include "migrator/sqlite/planner.h"
#include "migrator/sqlite/quarantine.h"
#include "migrator/sqlite/session.h"
#include "migrator/sqlite/stopwatch.h"
#include "migrator/sqlite/verify.h"
#include "migrator/sqlite/write_proof.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::ExitCode;
using ::daybook::migration::Failure;
using ::daybook::migration::v1::Migration;

// What went wrong inside the transaction, in the words of the exit codes. The
// transaction is rolled back by then.
absl::Status Explain(const absl::Status& error, bool by_lock) {
  if (error.ok() || absl::IsCancelled(error) || absl::IsAborted(error) ||
      migration::IsFailure(error)) {
    return error;
  }
  if (by_lock) {
    return Failure(ExitCode::kServiceLive,
                   absl::StrCat("another program is using the database: ", error.message()),
                   "stop it or let it finish, then run it again");
  }
  return Failure(ExitCode::kFailed,
                 absl::StrCat(error.message(), "; rolled back, everything is as before"),
                 "mend the cause, then run it again");
}

absl::Status WarnedError(absl::string_view warning) {
  return Failure(ExitCode::kVerification,
                 absl::StrCat("verification warned, which is an error by --warnings-as-errors: ",
                              warning, "; rolled back, everything is as before"),
                 "mend what the warning says, or allow warnings; nothing was changed");
}

absl::Status FailUnlessProved(const Findings& findings, const RunOptions& options) {
  Observer& observer = options.observer;
  for (const std::string& warning : findings.warned) observer.Note("warning", warning, {});
  if (findings.failed.empty()) {
    if (options.warnings_are_errors && !findings.warned.empty()) {
      return WarnedError(findings.warned[0]);
    }
    observer.Note("verified", absl::StrCat(findings.passed, " checks passed"),
                  {{"passed", absl::StrCat(findings.passed)}});
    return absl::OkStatus();
  }
  for (const std::string& fault : findings.failed) observer.Note("fault", fault, {});
  return Failure(ExitCode::kVerification,
                 absl::StrCat("verification failed: ", findings.failed[0],
                              findings.failed.size() > 1
                                  ? absl::StrCat(" (and ", findings.failed.size() - 1, " more)")
                                  : "",
                              "; rolled back, everything is as before"),
                 "see the faults above; nothing was changed");
}

// One run over one migration, inside its transaction.
class Run {
 public:
  Run(Connection& database, const Plan& plan, const Migration& migration, const RunOptions& options)
      : database_(database),
        plan_(plan),
        migration_(migration),
        options_(options),
        budget_(migration.budget(), options.clock),
        identity_{.run_id = options.run_id, .version = plan.version, .clock = options.clock},
        stopwatch_(migration.budget(), options.clock) {
    budget_.EndBy(options.end, options.end_set_by);
  }

  // Makes the change and proves it, then calls `record` for the history, all in
  // one transaction and within the budget.
  absl::Status Transact(absl::FunctionRef<absl::Status()> record);

  const RunIdentity& identity() const { return identity_; }
  const std::string& backup_id() const { return backup_id_; }

 private:
  absl::Status Change();
  void Begin(absl::string_view phase, absl::string_view text, uint32_t seconds);
  absl::Status Prove(const Findings& findings);
  absl::Status CheckUnchanged();
  absl::Status ChangeText();
  absl::Status ChangeRows();

  Connection& database_;
  const Plan& plan_;
  const Migration& migration_;
  const RunOptions& options_;
  Budget budget_;
  const RunIdentity identity_;
  std::string backup_id_;
  Stopwatch stopwatch_;
  RunAccount account_;
};

void Run::Begin(absl::string_view phase, absl::string_view text, uint32_t seconds) {
  stopwatch_.Begin(phase, seconds);
  budget_.Begin(phase, seconds);
  options_.observer.Phase(phase, text);
}

absl::Status Run::CheckUnchanged() {
  DAYBOOK_ASSIGN_OR_RETURN(const SchemaModel now, SchemaModel::Read(database_));
  if (now.Since(plan_.before).empty()) return absl::OkStatus();
  return absl::AbortedError("the schema was changed since the plan was made");
}

absl::Status Run::Change() {
  budget_.BeginLock();
  stopwatch_.BeginLock();
  DAYBOOK_RETURN_IF_ERROR(CheckUnchanged());
  if (options_.back_up) {
    Begin("backup", "making a verified backup", migration_.budget().backup_seconds());
    DAYBOOK_ASSIGN_OR_RETURN(backup_id_, options_.back_up(database_));
    DAYBOOK_RETURN_IF_ERROR(budget_.Check());
  }
  DAYBOOK_RETURN_IF_ERROR(CreateRecords(database_));
  return plan_.strategy == Plan::Strategy::kSchemaEdit ? ChangeText() : ChangeRows();
}

// No row is written, which is proved instead of comparing all of them.
absl::Status Run::ChangeText() {
  Begin("migrate", "changing the schema's text", migration_.budget().migrate_seconds());
  Conservation no_books;
  DAYBOOK_ASSIGN_OR_RETURN(const Answers answers, AskBefore(database_, plan_, migration_));
  DAYBOOK_ASSIGN_OR_RETURN(WriteProof proof, WriteProof::Begin(database_));
  DAYBOOK_RETURN_IF_ERROR(Execute(database_, plan_, identity_, no_books, options_.observer));
  DAYBOOK_RETURN_IF_ERROR(proof.End());
  Begin("verify", "verifying", migration_.budget().verify_seconds());
  DAYBOOK_ASSIGN_OR_RETURN(Findings findings, VerifySchema(database_, plan_));
  DAYBOOK_ASSIGN_OR_RETURN(const Findings constraints,
                           VerifyConstraints(database_, plan_, Depth::kProbes));
  Append(constraints, findings);
  DAYBOOK_ASSIGN_OR_RETURN(const Findings answered,
                           VerifyAnswers(database_, plan_, migration_, answers));
  Append(answered, findings);
  return Prove(findings);
}

absl::Status Run::ChangeRows() {
  Begin("remember", "reading what must be kept", 0);
  DAYBOOK_ASSIGN_OR_RETURN(Conservation books,
                           Conservation::Begin(database_, plan_, &options_.observer));
  DAYBOOK_ASSIGN_OR_RETURN(const Remembered before, Remember(database_));
  DAYBOOK_ASSIGN_OR_RETURN(const Answers answers, AskBefore(database_, plan_, migration_));
  Begin("migrate", plan_.is_down ? "rolling back" : "migrating",
        migration_.budget().migrate_seconds());
  DAYBOOK_RETURN_IF_ERROR(Execute(database_, plan_, identity_, books, options_.observer));
  Begin("verify", "verifying", migration_.budget().verify_seconds());
  DAYBOOK_ASSIGN_OR_RETURN(Findings findings, VerifySchema(database_, plan_));
  DAYBOOK_ASSIGN_OR_RETURN(const Findings constraints,
                           VerifyConstraints(database_, plan_, Depth::kRowsAndProbes));
  Append(constraints, findings);
  DAYBOOK_ASSIGN_OR_RETURN(const Findings kept, VerifyKept(database_, plan_, books, before));
  Append(kept, findings);
  DAYBOOK_ASSIGN_OR_RETURN(const Findings answered,
                           VerifyAnswers(database_, plan_, migration_, answers));
  Append(answered, findings);
  account_.rows_before = books.RowsBefore();
  account_.rows_after = books.RowsAfter();
  return Prove(findings);
}

absl::Status Run::Prove(const Findings& findings) {
  account_.passed = findings.passed;
  account_.warned = static_cast<int>(findings.warned.size());
  account_.failed = static_cast<int>(findings.failed.size());
  return FailUnlessProved(findings, options_);
}

std::string NameOfBackup(const std::string& id) { return id.empty() ? "none" : id; }

AppliedMigration HistoryRow(const migration::MigrationFile& file, const Plan& plan, const Run& run,
                            const RunOptions& options, absl::Duration took) {
  const auto& suits = file.migration.suits();
  return {.version = plan.version,
          .name = file.migration.name(),
          .checksum = file.checksum,
          .suits_from = suits.from() != 0 ? suits.from() : plan.version,
          .suits_to = suits.to(),
          .applied_at = FormatTime(FloorToMicros(options.clock.Now())),
          .duration_us = absl::ToInt64Microseconds(took),
          .applied_by = options.build,
          .run_id = options.run_id,
          .strategy = StrategyName(plan.strategy),
          .schema_before = plan.before.Digest(),
          .schema_after = plan.after.Digest(),
          .backup_id = run.backup_id(),
          .content = file.migration};
}

// Ends a transaction whose body has failed or not, in the words of exit codes.
absl::Status Ended(Connection& database, const absl::Status& done, bool by_lock) {
  // The restriction would outlive the transaction that asked for it.
  database.AllowWritesOnlyTo({}).IgnoreError();
  return Explain(done, by_lock || absl::IsUnavailable(done));
}

absl::Status Run::Transact(absl::FunctionRef<absl::Status()> record) {
  database_.StopWhen([this] { return options_.stop_asked() || budget_.IsOver(); });
  bool by_lock = false;
  const absl::Status done = database_.InTransaction([&]() -> absl::Status {
    absl::Status outcome = Change();
    if (outcome.ok()) outcome = record();
    if (outcome.ok()) outcome = budget_.Check();
    if (!outcome.ok()) by_lock = database_.LastRefusal().by_lock;
    return outcome;
  });
  database_.StopWhen(options_.stop_asked);
  stopwatch_.Stop(account_);
  account_.backup_id = backup_id_;
  options_.observer.Ended(account_);
  if (absl::IsCancelled(done) && !options_.stop_asked()) return budget_.Check();
  return Ended(database_, done, by_lock);
}

// What rows that were purged have to do with a way back that failed.
absl::Status ExplainPurged(Connection& database, int version, const absl::Status& done) {
  if (done.ok() || migration::ExitCodeOf(done) != ExitCode::kVerification) return done;
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t purged, CountPurged(database, version, /*step=*/0));
  if (purged == 0) return done;
  return Failure(ExitCode::kVerification,
                 absl::StrCat(done.message(), ". ", purged, " of the rows that migration ", version,
                              " took out or changed were purged from mig_quarantine and cannot come"
                              " back, nor can rows that reference them"),
                 "purge the rows that reference them as well (daybook-migrate quarantine list), or"
                 " restore a backup");
}

}  // namespace

absl::Status ApplyOne(Connection& database, const migration::MigrationFile& file, const Plan& plan,
                      const RunOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const Session session, Session::Begin(database));
  const absl::Time begin = options.clock.Now();
  Run run(database, plan, file.migration, options);
  return run.Transact([&]() -> absl::Status {
    const AppliedMigration row = HistoryRow(file, plan, run, options, options.clock.Now() - begin);
    DAYBOOK_RETURN_IF_ERROR(AddToHistory(database, row, plan.records));
    DAYBOOK_RETURN_IF_ERROR(WriteSnapshot(database, plan.after));
    DAYBOOK_ASSIGN_OR_RETURN(const int64_t kept, CountKept(database, row.version, row.run_id));
    return AppendEvent(database, run.identity(),
                       {.action = "migration.applied",
                        .details = {{"version", absl::StrCat(row.version)},
                                    {"name", row.name},
                                    {"checksum", row.checksum},
                                    {"strategy", row.strategy},
                                    {"schema_before", row.schema_before},
                                    {"schema_after", row.schema_after},
                                    {"kept_rows", absl::StrCat(kept)},
                                    {"backup", NameOfBackup(row.backup_id)}}});
  });
}

absl::Status MarkBaseline(Connection& database,
                          const std::vector<const migration::MigrationFile*>& files,
                          const std::string& run_id, const std::string& build, const Clock& clock) {
  const absl::Status done = database.InTransaction([&]() -> absl::Status {
    DAYBOOK_RETURN_IF_ERROR(CreateRecords(database));
    DAYBOOK_ASSIGN_OR_RETURN(const SchemaModel schema, SchemaModel::Read(database));
    for (const migration::MigrationFile* const file : files) {
      const int version = file->migration.version();
      const auto& suits = file->migration.suits();
      DAYBOOK_RETURN_IF_ERROR(
          AddToHistory(database,
                       {.version = version,
                        .name = file->migration.name(),
                        .checksum = file->checksum,
                        .suits_from = suits.from() != 0 ? suits.from() : version,
                        .suits_to = suits.to(),
                        .applied_at = FormatTime(FloorToMicros(clock.Now())),
                        .applied_by = build,
                        .run_id = run_id,
                        .strategy = kBaseline,
                        .schema_before = schema.Digest(),
                        .schema_after = schema.Digest(),
                        .content = file->migration},
                       {}));
      DAYBOOK_RETURN_IF_ERROR(AppendEvent(database,
                                          {.run_id = run_id, .version = version, .clock = clock},
                                          {.action = "migration.baselined",
                                           .details = {{"version", absl::StrCat(version)},
                                                       {"name", file->migration.name()},
                                                       {"schema_after", schema.Digest()}}}));
    }
    return WriteSnapshot(database, schema);
  });
  return Ended(database, done, /*by_lock=*/false);
}

absl::StatusOr<Findings> ProveAgain(Connection& database, const Plan& plan) {
  DAYBOOK_ASSIGN_OR_RETURN(const Session session, Session::Begin(database));
  Findings findings;
  const absl::Status rolled_back = database.InTransaction([&]() -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(findings, VerifyConstraints(database, plan, Depth::kRowsAndProbes));
    return absl::AbortedError("a proof leaves no trace");
  });
  if (!absl::IsAborted(rolled_back)) return Ended(database, rolled_back, /*by_lock=*/false);
  DAYBOOK_ASSIGN_OR_RETURN(const Findings keys, VerifyForeignKeys(database, plan));
  Append(keys, findings);
  return findings;
}

absl::Status RollBackOne(Connection& database, const AppliedMigration& applied,
                         const RunOptions& options) {
  if (applied.strategy == kBaseline) {
    return Failure(ExitCode::kRefused,
                   absl::StrCat("version ", applied.version,
                                " was found in place when migrations began; there is no way back"),
                   "stop the rollback above it");
  }
  DAYBOOK_RETURN_IF_ERROR(CheckKeptRows(database, applied));
  DAYBOOK_ASSIGN_OR_RETURN(const auto records, ReadSteps(database, applied.version));
  DAYBOOK_ASSIGN_OR_RETURN(const SchemaModel before, SchemaModel::Read(database));
  DAYBOOK_ASSIGN_OR_RETURN(Plan plan, PlanDown(applied, before, records));
  DAYBOOK_RETURN_IF_ERROR(ChooseStrategy(Migration::STRATEGY_UNSPECIFIED, {}, plan));
  DAYBOOK_ASSIGN_OR_RETURN(const Session session, Session::Begin(database));
  Run run(database, plan, applied.content, options);
  const absl::Status done = run.Transact([&]() -> absl::Status {
    DAYBOOK_RETURN_IF_ERROR(RemoveFromHistory(database, applied.version));
    DAYBOOK_RETURN_IF_ERROR(WriteSnapshot(database, plan.after));
    return AppendEvent(database, run.identity(),
                       {.action = "migration.rolled_back",
                        .details = {{"version", absl::StrCat(applied.version)},
                                    {"name", applied.name},
                                    {"schema_after", plan.after.Digest()},
                                    {"backup", NameOfBackup(run.backup_id())},
                                    {"via", "down"},
                                    {"reason", options.reason}}});
  });
  return ExplainPurged(database, applied.version, done);
}

}  // namespace daybook::migrator::sqlite
