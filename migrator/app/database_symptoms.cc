#include "migrator/app/database_symptoms.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/app/guards.h"
#include "migrator/app/schema_drift.h"
#include "migrator/app/state.h"
#include "migrator/migration/migration_file.h"
#include "migrator/sqlite/damage.h"
#include "migrator/sqlite/foreign_keys.h"
#include "migrator/sqlite/quarantine.h"
#include "migrator/sqlite/testimony.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::migration::MigrationFile;
using migration::ExitCode;
using sqlite::AppliedMigration;

constexpr char kRepair[] = "daybook-migrate repair, which proves what the database is first";
constexpr char kRestore[] =
    "daybook-migrate backup list, then backup restore; nothing mends this by hand";
constexpr size_t kMostShown = 3;
// The migrator's, Alembic's and Django's.
constexpr char kSelectLeftBehind[] =
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND (name LIKE 'mig\\_new\\_%' ESCAPE '\\'"
    " OR name LIKE '\\_alembic\\_tmp\\_%' ESCAPE '\\' OR name LIKE 'new\\_\\_%' ESCAPE '\\')";

// Looks at one thing; what cannot be read is a symptom too.
template <typename Look>
void Add(Symptoms& symptoms, Look look) {
  const absl::Status looked = look();
  if (looked.ok()) return;
  const std::string next = migration::NextIn(looked);
  symptoms.push_back({.id = "unreadable",
                      .text = std::string(looked.message()),
                      .next = next.empty() ? kRestore : next,
                      .code = migration::ExitCodeOf(looked)});
}

absl::Status LookAtFile(Connection& database, Symptoms& symptoms) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto damage, sqlite::FindDamage(database, kMostShown));
  for (const std::string& finding : damage) {
    symptoms.push_back({.id = "damage",
                        .text = absl::StrCat("the database is damaged: ", finding),
                        .next = kRestore,
                        .code = ExitCode::kHistoryMismatch});
  }
  return absl::OkStatus();
}

absl::Status LookAtDrift(Connection& database, Symptoms& symptoms) {
  const absl::StatusOr<SchemaDrift> read = ReadDrift(database);
  if (absl::IsDataLoss(read.status())) {
    symptoms.push_back(
        {.id = "schema_record",
         .text = absl::StrCat("the record of the schema cannot be read: ", read.status().message()),
         .next = kRepair,
         .code = ExitCode::kHistoryMismatch});
    return absl::OkStatus();
  }
  DAYBOOK_ASSIGN_OR_RETURN(const SchemaDrift drift, read);
  if (drift.IsNone()) return absl::OkStatus();
  symptoms.push_back(
      {.id = "drift",
       .text = drift.Summary(),
       .next = drift.changes.empty() ? kRepair : "daybook-migrate drift shows the SQL",
       .code = ExitCode::kHistoryMismatch});
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> Leftovers(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.Prepare(kSelectLeftBehind));
  std::vector<std::string> tables;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return tables;
    tables.push_back(select.Text(0));
  }
}

absl::Status LookForLeftovers(Connection& database, Symptoms& symptoms) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> tables, Leftovers(database));
  for (const std::string& table : tables) {
    const std::string name = sqltext::QuoteName(table);
    DAYBOOK_ASSIGN_OR_RETURN(const int64_t rows,
                             database.QueryInteger(absl::StrCat("SELECT count(*) FROM ", name)));
    symptoms.push_back({.id = "leftover",
                        .text = absl::StrCat("table ", table,
                                             " looks as if a tool had crashed while it wrote a"
                                             " table anew; it holds ",
                                             rows, rows == 1 ? " row" : " rows",
                                             ", and is never dropped by daybook-migrate"),
                        .next = absl::StrCat(
                            "compare it with the table it was made for, then DROP TABLE ", name)});
  }
  return absl::OkStatus();
}

absl::Status LookAtKeptRows(Connection& database, Symptoms& symptoms) {
  const absl::StatusOr<sqlite::Testimony> testimony = sqlite::ReadTestimony(database);
  if (!testimony.ok()) return absl::OkStatus();  // which is a symptom of its own
  int64_t gone = 0;
  for (const auto& [version, applied] : testimony->applied) {
    DAYBOOK_ASSIGN_OR_RETURN(const int64_t vanished,
                             sqlite::CountVanished(database, *testimony, version));
    gone += vanished;
  }
  int64_t changed = 0;
  DAYBOOK_RETURN_IF_ERROR(sqlite::ForEachQuarantined(
      database, {.with_values = true}, [&](const sqlite::QuarantinedRow& row) {
        if (sqlite::HashOf(row.kept.original) != row.hash) ++changed;
        return absl::OkStatus();
      }));
  if (changed == 0 && gone == 0) return absl::OkStatus();
  symptoms.push_back({.id = "kept_rows",
                      .text = absl::StrCat("of the rows that mig_quarantine must hold, ", changed,
                                           " were changed and ", gone,
                                           " are gone: the way back cannot bring them back"),
                      .next = kRestore,
                      .code = ExitCode::kHistoryMismatch});
  return absl::OkStatus();
}

absl::Status LookAtQuarantine(Connection& database, Symptoms& symptoms) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto groups, sqlite::GroupQuarantine(database));
  int64_t out = 0;
  int64_t conflicts = 0;
  for (const sqlite::QuarantineGroup& group : groups) {
    if (group.state == sqlite::kRowHeld && group.policy == "quarantine") out += group.rows;
    if (group.state == sqlite::kRowConflict) conflicts += group.rows;
  }
  if (out + conflicts == 0) return absl::OkStatus();
  symptoms.push_back({.id = "quarantine",
                      .text = absl::StrCat(out, " rows wait in quarantine, and ", conflicts,
                                           " did not fit when their migration was taken back"),
                      .next = "daybook-migrate quarantine list, then quarantine replay or purge"});
  return absl::OkStatus();
}

absl::Status LookAtReferences(Connection& database, Symptoms& symptoms) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto violations, sqlite::ForeignKeyViolations(database));
  if (violations.empty()) return absl::OkStatus();
  symptoms.push_back(
      {.id = "references",
       .text = absl::StrCat(violations.size(),
                            " rows name rows that are not there: ", *violations.begin(), " …"),
       .next = "PRAGMA foreign_key_check lists them"});
  return absl::OkStatus();
}

absl::Status CompareWithEvents(Connection& database, Symptoms& symptoms) {
  DAYBOOK_ASSIGN_OR_RETURN(const sqlite::Testimony testimony, sqlite::ReadTestimony(database));
  DAYBOOK_ASSIGN_OR_RETURN(const auto history, sqlite::ReadHistory(database));
  int expected = 0;
  for (const AppliedMigration& applied : history) {
    if (applied.version == ++expected) continue;
    symptoms.push_back({.id = "history_gap",
                        .text = absl::StrCat("the history lacks version ", expected,
                                             ": its row was taken out or changed"),
                        .next = kRepair,
                        .code = ExitCode::kHistoryMismatch});
    expected = applied.version;
  }
  const int version = history.empty() ? 0 : history.back().version;
  if (version == testimony.version) return absl::OkStatus();
  symptoms.push_back(
      {.id = "history_version",
       .text = absl::StrCat("the history ends with version ", version,
                            ", but the events in"
                            " mig_event with version ",
                            testimony.version,
                            ": rows of mig_history were taken out, put in or changed"),
       .next = kRepair,
       .code = ExitCode::kHistoryMismatch});
  return absl::OkStatus();
}

void CompareRow(const AppliedMigration& applied, const migration::MigrationSet& set,
                Symptoms& symptoms) {
  const std::string name = absl::StrCat("migration ", applied.version, " (", applied.name, ")");
  if (migration::ChecksumOf(applied.content) != applied.checksum) {
    symptoms.push_back(
        {.id = "history_row",
         .text = absl::StrCat("the history row of ", name, " was changed after it was written"),
         .next = kRepair,
         .code = ExitCode::kHistoryMismatch});
  }
  const MigrationFile* const file = set.Find(applied.version);
  if (file == nullptr || file->checksum == applied.checksum) return;
  symptoms.push_back(
      {.id = "history_mismatch",
       .text = absl::StrCat(name, " was applied with another content than ", file->file_name,
                            " has now"),
       .next =
           absl::StrCat("put the file back as it was; or, if it makes the same schema, ", kRepair),
       .code = ExitCode::kHistoryMismatch});
}

void LookForNewer(const std::vector<AppliedMigration>& history, const migration::MigrationSet& set,
                  Symptoms& symptoms) {
  const AppliedMigration& last = history.back();
  if (last.version <= set.newest()) return;
  const bool suits =
      last.suits_from <= set.newest() && (last.suits_to == 0 || set.newest() <= last.suits_to);
  symptoms.push_back(
      {.id = "newer",
       .text = absl::StrCat(
           "the database is at version ", last.version,
           ", and the newest of these"
           " migrations is ",
           set.newest(), suits ? ", which suits it by its own word" : ", which does not suit it"),
       .next = "use the newer migrations",
       .code = suits ? ExitCode::kDone : ExitCode::kNewerThanBuild});
}

absl::Status LookAtPending(Connection& database, const std::vector<AppliedMigration>& history,
                           const migration::MigrationSet& set, Symptoms& symptoms) {
  State state{.history = history};
  for (const MigrationFile& file : set.files()) {
    if (file.migration.version() > state.version()) state.pending.push_back(&file);
  }
  if (state.pending.empty()) return absl::OkStatus();
  symptoms.push_back({.id = "pending",
                      .text = absl::StrCat(state.pending.size(),
                                           " pending: the database is at"
                                           " version ",
                                           state.version(), " of ", set.newest()),
                      .next = "daybook-migrate plan, then daybook-migrate apply"});
  DAYBOOK_ASSIGN_OR_RETURN(const Check environment, CheckEnvironment(database, state));
  if (environment.verdict == Check::Verdict::kFailed) {
    symptoms.push_back({.id = environment.id,
                        .text = environment.text,
                        .next = "apply will end with 12 until that is so"});
  }
  return absl::OkStatus();
}

}  // namespace

Symptoms LookInside(Connection& database) {
  Symptoms symptoms;
  for (const auto& look : {LookAtFile, LookAtDrift, LookForLeftovers, LookAtKeptRows,
                           LookAtQuarantine, LookAtReferences}) {
    Add(symptoms, [&] { return look(database, symptoms); });
  }
  return symptoms;
}

Symptoms LookAtHistory(Connection& database) {
  Symptoms symptoms;
  Add(symptoms, [&] { return CompareWithEvents(database, symptoms); });
  return symptoms;
}

Symptoms CompareWithMigrations(Connection& database, const std::vector<AppliedMigration>& history,
                               const migration::MigrationSet& set) {
  Symptoms symptoms;
  for (const AppliedMigration& applied : history) CompareRow(applied, set, symptoms);
  if (!history.empty()) LookForNewer(history, set, symptoms);
  Add(symptoms, [&] { return LookAtPending(database, history, set, symptoms); });
  return symptoms;
}

}  // namespace daybook::migrator::app
