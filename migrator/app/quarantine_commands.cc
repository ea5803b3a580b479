// The commands about rows that migrations took out or changed. None of them needs
// the migrations.

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "migrator/app/commands.h"
#include "migrator/app/locks.h"
#include "migrator/app/quarantine_export.h"
#include "migrator/app/state.h"
#include "migrator/migration/failure.h"
#include "migrator/sqlite/history.h"
#include "migrator/sqlite/quarantine.h"
#include "migrator/sqlite/replay.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::FileLock;
using ::daybook::migration::Failure;
using ::daybook::migration::v1::Cell;
using sqlite::QuarantineChoice;
using sqlite::QuarantinedRow;

constexpr char kBriefly[] = "PRAGMA busy_timeout = 1000";

std::string Rows(int64_t rows) { return absl::StrCat(rows, rows == 1 ? " row" : " rows"); }

void TellGroup(const sqlite::QuarantineGroup& group, Report& report) {
  const std::string ids = group.first_id == group.last_id
                              ? absl::StrCat("id ", group.first_id)
                              : absl::StrCat("ids ", group.first_id, " to ", group.last_id);
  report.Step(
      "kept_rows",
      absl::StrFormat("%8d  %-8s  %s by %s, migration %d step %d, %s, %s", group.rows, group.state,
                      group.table, group.constraint, group.version, group.step, group.policy, ids),
      {{"version", absl::StrCat(group.version)},
       {"step", absl::StrCat(group.step)},
       {"table", group.table},
       {"constraint", group.constraint},
       {"policy", group.policy},
       {"state", group.state},
       {"rows", absl::StrCat(group.rows)},
       {"first_id", absl::StrCat(group.first_id)},
       {"last_id", absl::StrCat(group.last_id)}});
}

std::string TypeOf(const Cell& cell) {
  switch (cell.value_case()) {
    case Cell::VALUE_NOT_SET:
      return "NULL";
    case Cell::kInteger:
      return "integer";
    case Cell::kReal:
      return "real";
    case Cell::kText:
    case Cell::kRawText:
      return "text";
    case Cell::kBlob:
      return "blob";
  }
  return "";
}

std::string ValueOf(const Cell& cell) {
  switch (cell.value_case()) {
    case Cell::VALUE_NOT_SET:
      return "NULL";
    case Cell::kInteger:
      return absl::StrCat(cell.integer());
    case Cell::kReal:
      return cell.real();
    case Cell::kText:
      return cell.text();
    case Cell::kRawText:
      return absl::CHexEscape(cell.raw_text());
    case Cell::kBlob:
      return absl::BytesToHexString(cell.blob());
  }
  return "";
}

void TellCells(const sqlite::Row& row, const std::string& what, bool show_values, Report& report) {
  for (const Cell& cell : row.cell()) {
    const std::string value = show_values ? ValueOf(cell) : "(redacted)";
    report.Step(
        "value", absl::StrCat("  ", what, "  ", cell.column(), "  ", TypeOf(cell), "  ", value),
        {{"row", what}, {"column", cell.column()}, {"type", TypeOf(cell)}, {"value", value}});
  }
}

Report::Fields FieldsOf(const QuarantinedRow& row) {
  return {{"id", absl::StrCat(row.kept.id)},
          {"version", absl::StrCat(row.version)},
          {"step", absl::StrCat(row.kept.step)},
          {"table", row.kept.table},
          {"constraint", row.kept.constraint},
          {"policy", row.kept.policy},
          {"state", row.state},
          {"run_id", row.run_id},
          {"kept_at", row.kept_at},
          {"original_sha256", row.hash}};
}

absl::Status NoSuchRow(int64_t id) {
  return Failure(ExitCode::kUsage, absl::StrCat("mig_quarantine has no row ", id),
                 "daybook-migrate quarantine list tells which there are");
}

absl::StatusOr<QuarantinedRow> FindRow(Connection& database, int64_t id) {
  std::optional<QuarantinedRow> found;
  DAYBOOK_RETURN_IF_ERROR(
      sqlite::ForEachQuarantined(database, {.id = id}, [&](const QuarantinedRow& row) {
        found = row;
        return absl::OkStatus();
      }));
  if (!found) return NoSuchRow(id);
  return *std::move(found);
}

QuarantineChoice ChoiceOf(const QuarantineOptions& options) {
  QuarantineChoice choice{.constraint = options.constraint};
  if (options.id > 0) choice.id = options.id;
  return choice;
}

sqlite::RunIdentity IdentityOf(const Options& options) {
  return {.run_id = options.run_id, .clock = options.clock};
}

absl::StatusOr<sqlite::Replayed> Replay(const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const FileLock lock, LockForMigrating(options));
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, OpenForChange(options));
  if (options.quarantine.id > 0) {
    DAYBOOK_RETURN_IF_ERROR(FindRow(database, options.quarantine.id).status());
  }
  return sqlite::ReplayRows(database, ChoiceOf(options.quarantine), IdentityOf(options));
}

absl::StatusOr<Exported> Export(const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, OpenForReading(options));
  DAYBOOK_RETURN_IF_ERROR(database.Execute("BEGIN"));  // ends with the connection
  return ExportQuarantine(database, options.quarantine.file);
}

// Which rows are to be purged, and the words for it that hold no value.
struct PurgeChoice {
  QuarantineChoice choice = {};
  std::function<bool(const QuarantinedRow&)> matches = [](const QuarantinedRow&) { return true; };
  std::string name = {};
};

absl::Status BadSubject() {
  return Failure(ExitCode::kUsage, "--subject is no TABLE.COLUMN=VALUE",
                 "such as --subject users.id=7");
}

absl::StatusOr<PurgeChoice> ChooseSubject(const std::string& subject) {
  const size_t equals = subject.find('=');
  const size_t dot = subject.substr(0, equals).rfind('.');
  if (equals == std::string::npos || dot == std::string::npos) return BadSubject();
  const std::string table = subject.substr(0, dot);
  const std::string column = subject.substr(dot + 1, equals - dot - 1);
  const std::string value = subject.substr(equals + 1);
  if (table.empty() || column.empty()) return BadSubject();
  return PurgeChoice{
      .choice = {.table = table},
      .matches =
          [column, value](const QuarantinedRow& row) {
            return sqlite::HasValue(row.kept.original, column, value) ||
                   (row.kept.replacement && sqlite::HasValue(*row.kept.replacement, column, value));
          },
      .name = absl::StrCat("subject ", table, ".", column)};
}

absl::StatusOr<PurgeChoice> ChooseBefore(const std::string& text) {
  const absl::StatusOr<Micros> before = ParseTime(text);
  if (!before.ok()) {
    return Failure(ExitCode::kUsage, absl::StrCat("--before: ", text, " is no time"),
                   "write it as 2026-01-31T00:00:00Z");
  }
  return PurgeChoice{.matches =
                         [before = *before](const QuarantinedRow& row) {
                           const absl::StatusOr<Micros> kept_at = ParseTime(row.kept_at);
                           return kept_at.ok() && *kept_at < before;
                         },
                     .name = absl::StrCat("before ", text)};
}

absl::StatusOr<PurgeChoice> ChooseToPurge(const QuarantineOptions& options) {
  if (!options.subject.empty()) return ChooseSubject(options.subject);
  if (!options.before.empty()) return ChooseBefore(options.before);
  return PurgeChoice{.choice = {.id = options.id}, .name = absl::StrCat("id ", options.id)};
}

absl::Status NotConfirmed(int64_t rows) {
  return Failure(ExitCode::kRefused,
                 absl::StrCat("the values of ", Rows(rows),
                              " would be removed for good, so that no rollback and no replay can"
                              " bring them back; nothing was changed"),
                 "say --yes-purge");
}

// Pages of before are in it until then.
void EmptyWal(Connection& database, Report& report) {
  absl::Status emptied = database.Execute(kBriefly);
  if (emptied.ok()) emptied = database.CheckpointAndTruncate();
  if (emptied.ok()) return;
  report.Step("warning",
              "others use the database, so its -wal could not be emptied: it may hold the values"
              " until the last of them closes the database");
}

// What is freed is overwritten.
absl::StatusOr<int64_t> Purge(const Options& options, Report& report) {
  DAYBOOK_ASSIGN_OR_RETURN(const PurgeChoice purge, ChooseToPurge(options.quarantine));
  DAYBOOK_ASSIGN_OR_RETURN(const FileLock lock, LockForMigrating(options));
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, OpenForChange(options));
  if (options.quarantine.id > 0) {
    DAYBOOK_RETURN_IF_ERROR(FindRow(database, options.quarantine.id).status());
  }
  DAYBOOK_RETURN_IF_ERROR(database.Execute("PRAGMA secure_delete = ON"));
  int64_t purged = 0;
  DAYBOOK_RETURN_IF_ERROR(database.InTransaction([&]() -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(purged, sqlite::PurgeRows(database, purge.choice, purge.matches));
    if (purged == 0) return absl::OkStatus();
    if (!options.quarantine.yes_purge) return NotConfirmed(purged);
    return sqlite::AppendEvent(
        database, IdentityOf(options),
        {.action = "migration.rows_purged",
         .details = {{"chosen", purge.name}, {"rows", absl::StrCat(purged)}}});
  }));
  if (purged > 0) EmptyWal(database, report);
  return purged;
}

}  // namespace

ExitCode QuarantineList(const Options& options, Report& report) {
  absl::StatusOr<Connection> database = OpenForReading(options);
  if (!database.ok()) return report.Fail(database.status());
  const auto groups = sqlite::GroupQuarantine(*database);
  if (!groups.ok()) return report.Fail(groups.status());
  int64_t rows = 0;
  int told = 0;
  for (const sqlite::QuarantineGroup& group : *groups) {
    rows += group.rows;
    if (told++ < options.quarantine.limit) TellGroup(group, report);
  }
  const int64_t left_out = std::max(told - options.quarantine.limit, 0);
  return report.Result(
      ExitCode::kDone, "quarantine",
      absl::StrCat(Rows(rows), " kept",
                   left_out > 0 ? absl::StrCat("; ", left_out, " more lines, see --limit") : ""),
      "",
      {{"rows", absl::StrCat(rows)},
       {"groups", absl::StrCat(groups->size())},
       {"left_out", absl::StrCat(left_out)}});
}

ExitCode QuarantineShow(const Options& options, Report& report) {
  absl::StatusOr<Connection> database = OpenForReading(options);
  if (!database.ok()) return report.Fail(database.status());
  const auto row = FindRow(*database, options.quarantine.id);
  if (!row.ok()) return report.Fail(row.status());
  const bool show_values = options.quarantine.show_values;
  TellCells(row->kept.original, "original", show_values, report);
  if (row->kept.replacement) {
    TellCells(*row->kept.replacement, "replacement", show_values, report);
  }
  return report.Result(
      ExitCode::kDone, "kept_row",
      absl::StrCat("row ", row->kept.id, " of ", row->kept.table, ", ", row->state, ": migration ",
                   row->version, " step ", row->kept.step, " kept it at ", row->kept_at,
                   " because of ", row->kept.constraint, " (", row->kept.policy, "); SHA-256 ",
                   row->hash),
      "", FieldsOf(*row));
}

ExitCode QuarantineReplay(const Options& options, Report& report) {
  const auto replayed = Replay(options);
  if (!replayed.ok()) return report.Fail(replayed.status());
  for (const auto& [id, obstacle] : replayed->obstacles) {
    report.Step("left", absl::StrCat("row ", id, " stays: ", obstacle),
                {{"id", absl::StrCat(id)}, {"obstacle", obstacle}});
  }
  const Report::Fields fields = {{"rows_back", absl::StrCat(replayed->rows_back)},
                                 {"rows_left", absl::StrCat(replayed->rows_left)}};
  const std::string back =
      absl::StrCat(Rows(replayed->rows_back), replayed->rows_back == 1 ? " is" : " are", " back");
  if (replayed->rows_left == 0) return report.Result(ExitCode::kDone, "replayed", back, "", fields);
  return report.Result(ExitCode::kData, "rows_left",
                       absl::StrCat(back, ", ", Rows(replayed->rows_left),
                                    replayed->rows_left == 1 ? " stays" : " stay", " as before"),
                       "mend what is in their way, then run it again", fields);
}

ExitCode QuarantineExport(const Options& options, Report& report) {
  const auto exported = Export(options);
  if (!exported.ok()) return report.Fail(exported.status());
  return report.Result(ExitCode::kDone, "exported",
                       absl::StrCat(Rows(exported->rows), " in ", options.quarantine.file,
                                    ", which holds their values"),
                       "",
                       {{"file", options.quarantine.file},
                        {"rows", absl::StrCat(exported->rows)},
                        {"sha256", exported->sha256}});
}

ExitCode QuarantinePurge(const Options& options, Report& report) {
  const auto purged = Purge(options, report);
  if (!purged.ok()) return report.Fail(purged.status());
  return report.Result(
      ExitCode::kDone, "purged",
      absl::StrCat("the values of ", Rows(*purged),
                   " are removed; backups and exports may hold them still"),
      *purged > 0 ? "daybook-migrate backup list tells which backups there are" : "",
      {{"rows", absl::StrCat(*purged)}});
}

}  // namespace daybook::migrator::app
