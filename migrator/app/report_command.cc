#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "db/sqlite/connection.h"
#include "migrator/app/backups.h"
#include "migrator/app/commands.h"
#include "migrator/app/markdown.h"
#include "migrator/app/rehearsal_file.h"
#include "migrator/app/report_observer.h"
#include "migrator/app/state.h"
#include "migrator/app/step_words.h"
#include "migrator/backup/catalog.h"
#include "migrator/sqlite/records.h"
#include "migrator/sqlite/run.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using sqlite::AppliedMigration;

// The last events are those that a review is about.
constexpr size_t kMaxEvents = 50;

// Counts only: what the rows hold is nobody's business here.
constexpr char kSelectQuarantined[] =
    "SELECT version, table_name, constraint_name, policy, state, count(*) FROM mig_quarantine"
    " GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5";
constexpr char kSelectArchived[] =
    "SELECT version, table_name, column_name, archive_table, state, row_count FROM mig_archive"
    " ORDER BY id";
constexpr char kSelectEnvironment[] =
    "SELECT 'SQLite ' || sqlite_version(), journal_mode, page_count * page_size"
    " FROM pragma_journal_mode, pragma_page_count, pragma_page_size";

// A table of what is told, a line of it for people and an object for programs.
class Table {
 public:
  // `event` is what programs know each row by; `report` must outlive it.
  Table(std::string event, std::vector<std::string> columns, Report& report)
      : event_(std::move(event)), columns_(std::move(columns)), report_(report) {}

  void Add(const std::vector<std::string>& cells) {
    Report::Fields fields;
    std::vector<std::string> told;
    for (size_t i = 0; i < columns_.size(); ++i) {
      fields.emplace_back(columns_[i], cells[i]);
      told.push_back(InCell(cells[i]));
    }
    const std::string head = is_empty_ ? Head() : "";
    is_empty_ = false;
    report_.Step(event_, absl::StrCat(head, "| ", absl::StrJoin(told, " | "), " |"), fields);
  }

  bool is_empty() const { return is_empty_; }

 private:
  std::string Head() const {
    std::string head = absl::StrCat("\n| ", absl::StrJoin(columns_, " | "), " |\n|");
    for (size_t i = 0; i < columns_.size(); ++i) head += "---|";
    return head + "\n";
  }

  const std::string event_;
  const std::vector<std::string> columns_;
  Report& report_;
  bool is_empty_ = true;
};

void Section(const std::string& title, Report& report) {
  report.Step("section", absl::StrCat("\n## ", title), {{"title", title}});
}

void Line(const std::string& text, Report& report) {
  report.Step("line", absl::StrCat("\n", text));
}

// One review's worth of what is known. Each part is told also where another
// cannot be read.
class Collector {
 public:
  // All must outlive it.
  Collector(Connection& database, const Options& options, Report& report)
      : database_(database), options_(options), report_(report) {}

  void Collect();

 private:
  void TellEnvironment();
  void TellHistory();
  void TellChain();
  void TellEvents();
  void TellRows(const std::string& title, const std::string& event,
                const std::vector<std::string>& columns, const char* select);
  void TellBackups();
  void TellRehearsals();
  void TellWaysOut();
  bool Tell(const absl::Status& status);

  Connection& database_;
  const Options& options_;
  Report& report_;
  std::vector<AppliedMigration> history_;
};

// Whether it is all right; otherwise why not is part of what is told.
bool Collector::Tell(const absl::Status& status) {
  if (!status.ok()) {
    report_.Step("unreadable", absl::StrCat("\n**Cannot be read:** ", status.message()));
  }
  return status.ok();
}

void Collector::Collect() {
  TellEnvironment();
  TellHistory();
  TellChain();
  TellEvents();
  TellRows("Rows that were set aside or changed", "quarantined",
           {"version", "table", "constraint", "policy", "state", "rows"}, kSelectQuarantined);
  TellRows("What was archived", "archived",
           {"version", "table", "column", "archive", "state", "rows"}, kSelectArchived);
  TellBackups();
  TellRehearsals();
  TellWaysOut();
}

void Collector::TellEnvironment() {
  Section("Environment", report_);
  absl::StatusOr<Statement> select = database_.Prepare(kSelectEnvironment);
  if (!Tell(select.status()) || !Tell(select->Step().status())) return;
  Table table("environment", {"what", "value"}, report_);
  table.Add({"daybook-migrate", options_.build});
  table.Add({"engine", select->Text(0)});
  table.Add({"journal mode", select->Text(1)});
  table.Add({"bytes", select->Text(2)});
  table.Add({"database", options_.database});
  table.Add({"told at", FormatTime(FloorToMicros(options_.clock.Now()))});
}

void Collector::TellHistory() {
  Section("Applied migrations", report_);
  auto history = sqlite::ReadHistory(database_);
  if (!Tell(history.status())) return;
  history_ = *std::move(history);
  if (history_.empty()) return Line("None: nothing was ever applied.", report_);
  Table table("applied",
              {"version", "name", "applied_at", "took_us", "strategy", "by", "run_id", "backup",
               "checksum"},
              report_);
  for (const AppliedMigration& applied : history_) {
    table.Add({absl::StrCat(applied.version), applied.name, applied.applied_at,
               absl::StrCat(applied.duration_us), applied.strategy, applied.applied_by,
               applied.run_id, applied.backup_id, applied.checksum});
  }
  const auto schema = sqlite::SchemaModel::Read(database_);
  if (!Tell(schema.status())) return;
  const auto drift = Drift(database_, {.history = history_, .pending = {}, .schema = *schema});
  if (!Tell(drift.status())) return;
  if (drift->empty()) return Line("The schema is as the last migration left it.", report_);
  for (const std::string& line : *drift) {
    report_.Step("drift", absl::StrCat("\n**Drift:** ", line), {{"detail", line}});
  }
}

void Collector::TellChain() {
  Section("Events", report_);
  if (history_.empty()) return Line("None.", report_);
  const absl::Status chain = sqlite::CheckEventChain(database_);
  report_.Step("chain",
               chain.ok() ? "\nThe history is whole: its chain of hashes holds."
                          : absl::StrCat("\n**The history was changed:** its chain of hashes is"
                                         " broken: ",
                                         chain.message()),
               {{"holds", chain.ok() ? "true" : "false"}});
}

void Collector::TellEvents() {
  if (history_.empty()) return;
  const auto events = sqlite::ReadEvents(database_);
  if (!Tell(events.status())) return;
  Table table("recorded", {"id", "at", "run_id", "action", "details"}, report_);
  const size_t first = events->size() > kMaxEvents ? events->size() - kMaxEvents : 0;
  for (size_t i = first; i < events->size(); ++i) {
    const sqlite::RecordedEvent& event = (*events)[i];
    table.Add({absl::StrCat(event.id), event.at, event.run_id, event.action, event.details});
  }
}

void Collector::TellRows(const std::string& title, const std::string& event,
                         const std::vector<std::string>& columns, const char* select) {
  Section(title, report_);
  const auto has_records = sqlite::HasRecords(database_);
  if (!Tell(has_records.status())) return;
  if (!*has_records) return Line("None.", report_);
  absl::StatusOr<Statement> rows = database_.Prepare(select);
  if (!Tell(rows.status())) return;
  Table table(event, columns, report_);
  for (auto has_row = rows->Step(); Tell(has_row.status()) && *has_row; has_row = rows->Step()) {
    std::vector<std::string> cells;
    cells.reserve(columns.size());
    for (int column = 0; column < rows->ColumnCount(); ++column) {
      cells.push_back(rows->Text(column));
    }
    table.Add(cells);
  }
  if (table.is_empty()) Line("None.", report_);
}

void Collector::TellBackups() {
  Section("Backups", report_);
  ReportObserver observer(report_);
  const backup::BackupJob job = JobOf(options_, observer);
  const auto catalog = backup::ListBackups(job);
  if (!Tell(catalog.status())) return;
  Table table("backup", {"id", "version", "why", "created_at", "verified", "bytes"}, report_);
  for (const backup::Manifest& manifest : catalog->backups) {
    table.Add({manifest.id(), absl::StrCat(manifest.schema_version()), manifest.why(),
               FormatTime(MicrosOf(manifest.created_at())),
               backup::IsVerifiedAndThere(job, manifest) ? "yes" : "no",
               absl::StrCat(manifest.bytes())});
  }
  if (table.is_empty()) Line("None in this folder.", report_);
  for (const std::string& fault : catalog->unreadable) Line(fault, report_);
}

void Collector::TellRehearsals() {
  Section("Rehearsals", report_);
  std::vector<std::string> unreadable;
  Table table("rehearsal", {"ended_at", "verdict", "to_version", "run_id", "cause"}, report_);
  for (const Rehearsal& rehearsal : ListRehearsals(options_, unreadable)) {
    const auto& migrations = rehearsal.migration();
    table.Add({FormatTime(MicrosOf(rehearsal.ended_at())),
               Rehearsal::Verdict_Name(rehearsal.verdict()),
               migrations.empty() ? "" : absl::StrCat(migrations.rbegin()->version()),
               rehearsal.run_id(), rehearsal.cause()});
  }
  if (table.is_empty()) Line("None in this folder.", report_);
  for (const std::string& fault : unreadable) Line(fault, report_);
}

// What can be done now, from the least to the most.
void Collector::TellWaysOut() {
  Section("What can be done", report_);
  Line("- **Go on:** where the applications work, mend forward with a migration of its own.",
       report_);
  if (history_.empty()) return;
  const AppliedMigration& last = history_.back();
  const std::string one_way =
      last.strategy == sqlite::kBaseline ? "it was found in place" : WhyOneWay(last.content);
  Line(one_way.empty()
           ? absl::StrCat("- **Take back:** `daybook-migrate rollback --to ", last.version - 1,
                          "` undoes version ", last.version,
                          ", and keeps what was written since where that is possible.")
           : absl::StrCat("- Version ", last.version, " cannot be taken back: ", one_way),
       report_);
  Line(last.backup_id.empty()
           ? "- No backup was made before it by the migrator."
           : absl::StrCat("- **Restore:** `daybook-migrate backup restore --backup ",
                          last.backup_id, "` leads back to before version ", last.version,
                          "; whatever was written since is lost."),
       report_);
}

}  // namespace

ExitCode CollectReport(const Options& options, Report& report) {
  absl::StatusOr<Connection> database = OpenForReading(options);
  if (!database.ok()) return report.Fail(database.status());
  const std::string name = std::filesystem::path(options.database).filename().string();
  report.Step("report", absl::StrCat("# Migration report: ", name), {{"database", name}});
  Collector(*database, options, report).Collect();
  return report.Result(ExitCode::kDone, "reported", "");
}

}  // namespace daybook::migrator::app
