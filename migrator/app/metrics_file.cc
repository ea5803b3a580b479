#include "migrator/app/metrics_file.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "migrator/app/backups.h"
#include "migrator/app/state.h"
#include "migrator/backup/catalog.h"
#include "migrator/backup/names.h"
#include "migrator/sqlite/history.h"
#include "migrator/sqlite/planner.h"
#include "migrator/sqlite/records.h"
#include "migrator/sqlite/schema_model.h"
#include "migrator/sqlite/silent_observer.h"
#include "schema/utf8.h"
#include "telemetry/metrics.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;

constexpr char kPrefix[] = "daybook_migrate_";
constexpr char kLastSuccess[] = "last_success_timestamp_seconds";

// Labels are UTF-8; names of tables and files need not be.
std::string Legible(const std::string& name) {
  return schema::CountCharacters(name) ? name : absl::CHexEscape(name);
}

// The series of one database.
class Page {
 public:
  explicit Page(const std::string& database) : database_(Legible(database)) {}

  void Add(absl::string_view name, const std::string& help, double value,
           telemetry::Labels labels = {}) {
    labels["database"] = database_;
    metrics_.AddGauge(absl::StrCat(kPrefix, name), help, labels).Set(value);
  }

  std::string Text() const { return metrics_.Text(); }

 private:
  const std::string database_;
  telemetry::Metrics metrics_;
};

// What the file of an earlier run says; 0 where it says nothing.
double LastSuccessIn(const std::string& path) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    double time = 0;
    if (absl::StartsWith(line, absl::StrCat(kPrefix, kLastSuccess)) &&
        absl::SimpleAtod(line.substr(line.rfind(' ') + 1), &time)) {
      return time;
    }
  }
  return 0;
}

void AddRun(const Options& options, const Outcome& outcome, const RunRecord& record, Page& page) {
  const double now = absl::ToDoubleSeconds(options.clock.Now() - absl::UnixEpoch());
  page.Add("last_run_timestamp_seconds", "When the last run ended.", now);
  const double success =
      outcome.code == ExitCode::kDone ? now : LastSuccessIn(options.outlets.metrics_file);
  if (success > 0) page.Add(kLastSuccess, "When a run last ended with 0.", success);
  page.Add("exit_code", "How the last run ended.", static_cast<double>(outcome.code));
  page.Add("warnings", "What the last run warned of.", record.warnings);
  for (const auto& phase : PhasesOf(record)) {
    const double seconds = absl::ToDoubleSeconds(phase.took);
    if (phase.name == sqlite::RunAccount().lock.name) {
      page.Add("lock_held_seconds", "How long the last run kept writers out.", seconds);
    } else {
      page.Add("duration_seconds", "What the last run took.", seconds, {{"phase", phase.name}});
    }
  }
}

void AddRows(const RunRecord& record, Page& page) {
  std::map<std::string, std::map<std::string, double>> rows;  // by phase, then table
  for (const sqlite::RunAccount& account : record.accounts) {
    // Of several migrations, before the first and after the last.
    for (const auto& [table, count] : account.rows_before) {
      rows["before"].try_emplace(table, count);
    }
    for (const auto& [table, count] : account.rows_after) {
      rows["after"][table] = static_cast<double>(count);
    }
  }
  for (const auto& [phase, tables] : rows) {
    for (const auto& [table, count] : tables) {
      page.Add("table_rows", "Rows of tables that the last run read.", count,
               {{"table", Legible(table)}, {"phase", phase}});
    }
  }
}

void AddChecks(const RunRecord& record, Page& page) {
  int passed = record.passed;
  int warned = record.warned;
  int failed = record.failed;
  for (const sqlite::RunAccount& account : record.accounts) {
    passed += account.passed;
    warned += account.warned;
    failed += account.failed;
  }
  const std::string help = "Checks of the last run, before and after its changes.";
  page.Add("checks", help, passed, {{"verdict", "passed"}});
  page.Add("checks", help, warned, {{"verdict", "warned"}});
  page.Add("checks", help, failed, {{"verdict", "failed"}});
  const int all = passed + warned + failed;
  if (all > 0) {
    page.Add("integrity_score", "Which part of the checks passed.",
             static_cast<double>(passed) / all);
  }
}

// Whether the newest migration has a way back, and the backup from before it is
// there.
absl::StatusOr<bool> IsRollbackReady(Connection& database, const Options& options,
                                     const std::vector<sqlite::AppliedMigration>& history) {
  if (history.empty() || history.back().backup_id.empty()) return false;
  const sqlite::AppliedMigration& newest = history.back();
  DAYBOOK_ASSIGN_OR_RETURN(const auto steps, sqlite::ReadSteps(database, newest.version));
  DAYBOOK_ASSIGN_OR_RETURN(const auto schema, sqlite::SchemaModel::Read(database));
  if (!sqlite::PlanDown(newest, schema, steps).ok()) return false;
  sqlite::SilentObserver observer;
  const backup::BackupJob job = JobOf(options, observer);
  const auto manifest = backup::FindBackup(job, newest.backup_id);
  return manifest.ok() && backup::IsVerifiedAndThere(job, *manifest);
}

absl::Status AddDatabase(const Options& options, Page& page) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, OpenForReading(options));
  DAYBOOK_ASSIGN_OR_RETURN(const auto history, sqlite::ReadHistory(database));
  DAYBOOK_ASSIGN_OR_RETURN(const bool is_ready, IsRollbackReady(database, options, history));
  DAYBOOK_ASSIGN_OR_RETURN(const auto kept, sqlite::CountKeptRows(database));
  DAYBOOK_ASSIGN_OR_RETURN(
      const uint64_t free,
      db::sqlite::FreeBytes(
          std::filesystem::path(backup::RealPath(options.database)).parent_path().string()));
  page.Add("version", "Version of the database.", history.empty() ? 0 : history.back().version);
  page.Add("rollback_ready", "1 where the newest migration can be taken back and has its backup.",
           is_ready ? 1 : 0);
  page.Add("disk_free_bytes", "Free space beside the database.", static_cast<double>(free));
  for (const auto& [state, rows] : kept) {
    page.Add("quarantined_rows", "Rows in mig_quarantine.", static_cast<double>(rows),
             {{"state", state}});
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteMetrics(const Options& options, const Outcome& outcome, const RunRecord& record) {
  Page page(options.database.empty() ? "" : backup::RealPath(options.database));
  AddRun(options, outcome, record, page);
  AddRows(record, page);
  AddChecks(record, page);
  // A run that was stopped, or had no database, has less to tell.
  if (!options.stop && !options.migrations.empty()) AddDatabase(options, page).IgnoreError();
  return db::sqlite::WriteDurably(page.Text(), options.outlets.metrics_file);
}

}  // namespace daybook::migrator::app
