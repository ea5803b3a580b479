#include "migrator/sqlite/run.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "migrator/migration/failure.h"
#include "migrator/sqlite/execute.h"
#include "migrator/sqlite/plan_text.h"
#include "migrator/sqlite/planner.h"
#include "migrator/sqlite/write_proof.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::ExitCode;
using ::daybook::migration::Failure;
using ::daybook::migration::v1::Migration;

// DROP TABLE deletes the rows of child tables where foreign keys are on, and
// ALTER TABLE rewrites or refuses what names a table where it is not the legacy
// one. Neither can be set inside a transaction.
absl::Status SetUp(Connection& database) {
  if (database.IsInTransaction()) {
    return Failure(ExitCode::kFailed, "the connection is inside a transaction",
                   "end it first: foreign keys cannot be switched off inside one");
  }
  DAYBOOK_RETURN_IF_ERROR(
      database.Execute("PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON"));
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t on, database.QueryInteger("PRAGMA foreign_keys"));
  if (on != 0) {
    return Failure(ExitCode::kFailed, "foreign keys could not be switched off",
                   "nothing was changed; report it, this is a bug");
  }
  return database.SetTriggers(false);
}

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

absl::Status FailUnlessProved(const Findings& findings, Observer& observer) {
  for (const std::string& warning : findings.warned) observer.Note("warning", warning, {});
  if (findings.failed.empty()) {
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
        identity_{.run_id = options.run_id, .version = plan.version, .clock = options.clock} {}

  // Everything between BEGIN and COMMIT but the history.
  absl::Status Change();

  const RunIdentity& identity() const { return identity_; }
  const std::string& backup_id() const { return backup_id_; }

 private:
  absl::Status CheckUnchanged();
  absl::Status ChangeText();
  absl::Status ChangeRows();

  Connection& database_;
  const Plan& plan_;
  const Migration& migration_;
  const RunOptions& options_;
  const RunIdentity identity_;
  std::string backup_id_;
};

absl::Status Run::CheckUnchanged() {
  DAYBOOK_ASSIGN_OR_RETURN(const SchemaModel now, SchemaModel::Read(database_));
  if (now.Since(plan_.before).empty()) return absl::OkStatus();
  return absl::AbortedError("the schema was changed since the plan was made");
}

absl::Status Run::Change() {
  DAYBOOK_RETURN_IF_ERROR(CheckUnchanged());
  if (options_.back_up) {
    options_.observer.Phase("backup", "making a verified backup");
    DAYBOOK_ASSIGN_OR_RETURN(backup_id_, options_.back_up(database_));
  }
  DAYBOOK_RETURN_IF_ERROR(CreateRecords(database_));
  return plan_.strategy == Plan::Strategy::kSchemaEdit ? ChangeText() : ChangeRows();
}

// No row is written, which is proved instead of comparing all of them.
absl::Status Run::ChangeText() {
  options_.observer.Phase("migrate", "changing the schema's text");
  Conservation no_books;
  DAYBOOK_ASSIGN_OR_RETURN(WriteProof proof, WriteProof::Begin(database_));
  DAYBOOK_RETURN_IF_ERROR(Execute(database_, plan_, identity_, no_books, options_.observer));
  DAYBOOK_RETURN_IF_ERROR(proof.End());
  options_.observer.Phase("verify", "verifying");
  DAYBOOK_ASSIGN_OR_RETURN(Findings findings, VerifySchema(database_, plan_));
  DAYBOOK_ASSIGN_OR_RETURN(const Findings constraints,
                           VerifyConstraints(database_, plan_, /*rows_known=*/true));
  Append(constraints, findings);
  return FailUnlessProved(findings, options_.observer);
}

absl::Status Run::ChangeRows() {
  options_.observer.Phase("remember", "reading what must be kept");
  DAYBOOK_ASSIGN_OR_RETURN(Conservation books, Conservation::Begin(database_, plan_));
  DAYBOOK_ASSIGN_OR_RETURN(const Remembered before, Remember(database_, migration_));
  options_.observer.Phase("migrate", plan_.is_down ? "rolling back" : "migrating");
  DAYBOOK_RETURN_IF_ERROR(Execute(database_, plan_, identity_, books, options_.observer));
  options_.observer.Phase("verify", "verifying");
  DAYBOOK_ASSIGN_OR_RETURN(Findings findings, VerifySchema(database_, plan_));
  DAYBOOK_ASSIGN_OR_RETURN(const Findings constraints,
                           VerifyConstraints(database_, plan_, /*rows_known=*/false));
  Append(constraints, findings);
  DAYBOOK_ASSIGN_OR_RETURN(const Findings kept,
                           VerifyKept(database_, plan_, migration_, books, before));
  Append(kept, findings);
  return FailUnlessProved(findings, options_.observer);
}

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

absl::Status InTransaction(Connection& database, absl::FunctionRef<absl::Status()> body) {
  bool by_lock = false;
  const absl::Status done = database.InTransaction([&]() -> absl::Status {
    const absl::Status outcome = body();
    if (!outcome.ok()) by_lock = database.LastRefusal().by_lock;
    return outcome;
  });
  // The restriction would outlive the transaction that asked for it.
  database.AllowWritesOnlyTo({}).IgnoreError();
  return Explain(done, by_lock || (absl::IsUnavailable(done) && !done.ok()));
}

}  // namespace

absl::Status ApplyOne(Connection& database, const migration::MigrationFile& file, const Plan& plan,
                      const RunOptions& options) {
  DAYBOOK_RETURN_IF_ERROR(SetUp(database));
  return InTransaction(database, [&]() -> absl::Status {
    const absl::Time begin = options.clock.Now();
    Run run(database, plan, file.migration, options);
    DAYBOOK_RETURN_IF_ERROR(run.Change());
    const AppliedMigration row = HistoryRow(file, plan, run, options, options.clock.Now() - begin);
    DAYBOOK_RETURN_IF_ERROR(AddToHistory(database, row, plan.records));
    DAYBOOK_RETURN_IF_ERROR(WriteSnapshot(database, plan.after));
    return AppendEvent(database, run.identity(),
                       {.action = "migration.applied",
                        .details = {{"version", absl::StrCat(row.version)},
                                    {"name", row.name},
                                    {"checksum", row.checksum},
                                    {"strategy", row.strategy},
                                    {"schema_after", row.schema_after},
                                    {"backup", row.backup_id}}});
  });
}

absl::StatusOr<Findings> ProveAgain(Connection& database, const Plan& plan) {
  DAYBOOK_RETURN_IF_ERROR(SetUp(database));
  Findings findings;
  const absl::Status rolled_back = InTransaction(database, [&]() -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(findings, VerifyConstraints(database, plan, /*rows_known=*/false));
    return absl::AbortedError("a proof leaves no trace");
  });
  if (!absl::IsAborted(rolled_back)) return rolled_back;
  return findings;
}

absl::Status RollBackOne(Connection& database, const AppliedMigration& applied,
                         const RunOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto records, ReadSteps(database, applied.version));
  DAYBOOK_ASSIGN_OR_RETURN(const SchemaModel before, SchemaModel::Read(database));
  DAYBOOK_ASSIGN_OR_RETURN(Plan plan, PlanDown(applied.content, before, records));
  DAYBOOK_RETURN_IF_ERROR(ChooseStrategy(Migration::STRATEGY_UNSPECIFIED, {}, plan));
  DAYBOOK_RETURN_IF_ERROR(SetUp(database));
  return InTransaction(database, [&]() -> absl::Status {
    Run run(database, plan, applied.content, options);
    DAYBOOK_RETURN_IF_ERROR(run.Change());
    DAYBOOK_RETURN_IF_ERROR(RemoveFromHistory(database, applied.version));
    DAYBOOK_RETURN_IF_ERROR(WriteSnapshot(database, plan.after));
    return AppendEvent(database, run.identity(),
                       {.action = "migration.rolled_back",
                        .details = {{"version", absl::StrCat(applied.version)},
                                    {"name", applied.name},
                                    {"schema_after", plan.after.Digest()},
                                    {"backup", run.backup_id()}}});
  });
}

}  // namespace daybook::migrator::sqlite
