#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "db/sqlite/connection.h"
#include "db/sqlite/durable_file.h"
#include "migrator/app/commands.h"
#include "migrator/app/lint_check.h"
#include "migrator/app/phase_times.h"
#include "migrator/app/rehearsal_file.h"
#include "migrator/app/report_observer.h"
#include "migrator/app/state.h"
#include "migrator/app/trial.h"
#include "migrator/app/working_copy.h"
#include "migrator/backup/names.h"
#include "migrator/migration/failure.h"
#include "migrator/migration/migration_set.h"
#include "schema/utf8.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::Failure;
using ::daybook::migration::MigrationSet;

constexpr char kCommandSees[] = "DAYBOOK_REHEARSAL_DATABASE=";

// Names need not be UTF-8, and JSON is.
std::string InUtf8(const std::string& text) {
  return schema::CountCharacters(text) ? text : absl::CHexEscape(text);
}

// One rehearsal, and the report that it becomes.
class Rehearser {
 public:
  // All must outlive it.
  Rehearser(const MigrationSet& set, const Options& options, const State& state, Report& report)
      : set_(set),
        options_(options),
        base_(state.version()),
        report_(report),
        observer_(report),
        times_(observer_, options.clock) {
    Describe(state);
  }

  // Copies the database, and does with the copy all that there is to do.
  absl::Status Run();

  // The report, once it is known how the run ended.
  Rehearsal Finish(const absl::Status& done);

 private:
  void Describe(const State& state);
  absl::Status DescribeCopy(const WorkingCopy& copy, Connection& database);
  absl::Status GoUp(Trial& trial);
  absl::Status RunCommand(Connection& database);
  absl::Status GoDown(Trial& trial);
  void NoteApplied(const Trial& trial);
  void NoteTables(const Trial& trial);

  const MigrationSet& set_;
  const Options& options_;
  const int base_;
  Report& report_;
  ReportObserver observer_;
  PhaseTimes times_;
  Rehearsal rehearsal_;
};

void Rehearser::Describe(const State& state) {
  rehearsal_.set_run_id(options_.run_id);
  rehearsal_.set_tool_version(options_.build);
  rehearsal_.set_database(backup::RealPath(options_.database));
  rehearsal_.set_from_version(base_);
  SetTimestamp(FloorToMicros(options_.clock.Now()), rehearsal_.mutable_began_at());
  for (const migration::MigrationFile* const file : state.pending) {
    auto& migration = *rehearsal_.add_migration();
    migration.set_version(file->migration.version());
    migration.set_name(file->migration.name());
    migration.set_checksum(file->checksum);
  }
}

absl::Status Rehearser::DescribeCopy(const WorkingCopy& copy, Connection& database) {
  rehearsal_.set_engine(db::sqlite::EngineName());
  DAYBOOK_ASSIGN_OR_RETURN(*rehearsal_.mutable_journal_mode(),
                           database.QueryText("PRAGMA journal_mode"));
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t bytes, db::sqlite::FileSize(copy.path()));
  rehearsal_.set_database_bytes(bytes);
  return absl::OkStatus();
}

absl::Status Rehearser::Run() {
  times_.Phase("copy", "copying the database");
  DAYBOOK_ASSIGN_OR_RETURN(const WorkingCopy copy, WorkingCopy::Of(options_, times_));
  const Options how = WorkingCopy::OptionsFor(copy, options_);
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, OpenForChange(how));
  DAYBOOK_RETURN_IF_ERROR(DescribeCopy(copy, database));
  Trial trial(database, set_, how, report_, times_);
  DAYBOOK_RETURN_IF_ERROR(trial.Begin());
  const absl::Status up = GoUp(trial);
  NoteApplied(trial);
  DAYBOOK_RETURN_IF_ERROR(up);
  NoteTables(trial);
  if (!options_.trial.command.empty()) DAYBOOK_RETURN_IF_ERROR(RunCommand(database));
  if (!options_.trial.no_down) DAYBOOK_RETURN_IF_ERROR(GoDown(trial));
  if (trial.faults().empty()) return absl::OkStatus();
  for (const std::string& fault : trial.faults()) rehearsal_.add_finding(InUtf8(fault));
  return Failure(ExitCode::kVerification, trial.faults()[0],
                 "mend the migration; only a copy was touched");
}

absl::Status Rehearser::GoUp(Trial& trial) {
  for (const auto& migration : rehearsal_.migration()) {
    times_.SetVersion(migration.version(), /*is_down=*/false);
    DAYBOOK_RETURN_IF_ERROR(trial.Up(migration.version()));
  }
  return absl::OkStatus();
}

// On a copy of its own: what it writes must not stand in the way back.
absl::Status Rehearser::RunCommand(Connection& database) {
  const std::string& command = options_.trial.command;
  times_.SetVersion(0, /*is_down=*/false);
  times_.Phase("command", absl::StrCat("running ", command));
  DAYBOOK_ASSIGN_OR_RETURN(const WorkingCopy copy, WorkingCopy::OfCopy(database, options_, times_));
  DAYBOOK_ASSIGN_OR_RETURN(process::Child child,
                           process::Child::Start({.arguments = {"/bin/sh", "-c", command},
                                                  .environment = {kCommandSees + copy.path()}}));
  DAYBOOK_ASSIGN_OR_RETURN(const int code, child.AwaitCode(absl::InfiniteFuture(), &options_.stop));
  rehearsal_.mutable_command()->set_command(InUtf8(command));
  rehearsal_.mutable_command()->set_exit_code(code);
  if (code == 0) return absl::OkStatus();
  return Failure(ExitCode::kVerification,
                 absl::StrCat("`", command, "` ended with ", code, " on the migrated copy"),
                 "see what it says above; only a copy was touched");
}

absl::Status Rehearser::GoDown(Trial& trial) {
  DAYBOOK_ASSIGN_OR_RETURN(const int floor, trial.Floor());
  const int to = std::max(base_, floor);
  if (floor > base_) {
    times_.Note("warning",
                absl::StrCat("version ", floor, " has no way back: only a backup leads back"), {});
  }
  const int top = rehearsal_.migration().rbegin()->version();
  for (int version = top; version > to; --version) {
    times_.SetVersion(version, /*is_down=*/true);
    DAYBOOK_RETURN_IF_ERROR(trial.Down(version - 1));
  }
  rehearsal_.set_back_to_version(to);
  return absl::OkStatus();
}

void Rehearser::NoteApplied(const Trial& trial) {
  for (const AppliedPlan& applied : trial.applied()) {
    for (auto& migration : *rehearsal_.mutable_migration()) {
      if (migration.version() != applied.file->migration.version()) continue;
      migration.set_plan_hash(applied.hash);
      migration.set_strategy(applied.strategy);
    }
  }
}

void Rehearser::NoteTables(const Trial& trial) {
  const auto& before = trial.reached().begin()->second.tables;
  const auto& after = trial.reached().rbegin()->second.tables;
  std::set<std::string> names;
  for (const auto& [name, rows] : before) names.insert(name);
  for (const auto& [name, rows] : after) names.insert(name);
  for (const std::string& name : names) {
    auto& table = *rehearsal_.add_table();
    table.set_name(InUtf8(name));
    const auto was = before.find(name);
    const auto is = after.find(name);
    if (was != before.end()) table.set_rows_before(was->second.rows());
    if (is != after.end()) table.set_rows_after(is->second.rows());
  }
}

Rehearsal Rehearser::Finish(const absl::Status& done) {
  times_.End();
  for (const auto& phase : times_.phases()) *rehearsal_.add_phase() = phase;
  for (const std::string& finding : times_.findings()) rehearsal_.add_finding(InUtf8(finding));
  SetTimestamp(FloorToMicros(options_.clock.Now()), rehearsal_.mutable_ended_at());
  rehearsal_.set_verdict(done.ok() ? Rehearsal::PASSED : Rehearsal::FAILED);
  if (!done.ok()) {
    rehearsal_.set_exit_code(static_cast<int>(migration::ExitCodeOf(done)));
    rehearsal_.set_cause(InUtf8(std::string(done.message())));
  }
  return rehearsal_;
}

absl::StatusOr<State> LookAtLive(const MigrationSet& set, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, OpenForReading(options));
  return ReadState(database, set, options);
}

ExitCode TellOutcome(const absl::Status& done, const Rehearsal& rehearsal, const std::string& path,
                     Report& report) {
  const absl::Duration took =
      absl::Microseconds(MicrosOf(rehearsal.ended_at()) - MicrosOf(rehearsal.began_at()));
  const std::string milliseconds = absl::StrCat(absl::ToInt64Milliseconds(took));
  const Report::Fields fields = {{"report", path}, {"milliseconds", milliseconds}};
  if (!done.ok()) return report.Fail(done, fields);
  return report.Result(
      ExitCode::kDone, "rehearsed",
      absl::StrCat("rehearsed on a copy in ", milliseconds, " ms; the report is ", path),
      "daybook-migrate apply --require-rehearsal 48h", fields);
}

}  // namespace

ExitCode Rehearse(const Options& options, Report& report) {
  const absl::StatusOr<MigrationSet> set = MigrationSet::Read(options.migrations);
  if (!set.ok()) return report.Fail(absl::InvalidArgumentError(set.status().message()));
  const absl::StatusOr<State> state = LookAtLive(*set, options);
  if (!state.ok()) return report.Fail(state.status());
  if (state->pending.empty()) {
    return report.Result(
        ExitCode::kDone, "nothing_pending",
        absl::StrCat("nothing to rehearse: the database is at version ", state->version()));
  }
  if (absl::Status linted = LintPending(*state, report); !linted.ok()) return report.Fail(linted);
  Rehearser rehearser(*set, options, *state, report);
  const absl::Status done = rehearser.Run();
  if (absl::IsCancelled(done)) return report.Fail(done);  // it says nothing about the migrations
  const Rehearsal rehearsal = rehearser.Finish(done);
  const std::string path = RehearsalPath(options);
  const absl::Status written = WriteRehearsal(path, rehearsal);
  if (!written.ok() && done.ok()) return report.Fail(written);
  return TellOutcome(done, rehearsal, written.ok() ? path : "", report);
}

}  // namespace daybook::migrator::app
