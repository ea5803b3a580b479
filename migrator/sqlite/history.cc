#include "migrator/sqlite/history.h"

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "core/timestamp.h"
#include "ledger/hash.h"
#include "telemetry/log.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::migration::v1::StepRecord;

constexpr char kSelectHistory[] =
    "SELECT version, name, checksum, suits_from, suits_to, applied_at, duration_us, applied_by,"
    " run_id, strategy, schema_before, schema_after, backup_id, content FROM mig_history"
    " ORDER BY version";
constexpr char kInsertHistory[] =
    "INSERT INTO mig_history (version, name, checksum, suits_from, suits_to, applied_at,"
    " duration_us, applied_by, run_id, strategy, schema_before, schema_after, backup_id, content)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
constexpr char kSelectSteps[] = "SELECT record FROM mig_step WHERE version = ?1 ORDER BY step";
constexpr char kInsertStep[] = "INSERT INTO mig_step (version, step, record) VALUES (?1, ?2, ?3)";
constexpr char kDeleteSteps[] = "DELETE FROM mig_step WHERE version = ";
constexpr char kDeleteHistory[] = "DELETE FROM mig_history WHERE version = ";
constexpr char kDeleteAllHistory[] = "DELETE FROM mig_history";
constexpr char kSelectLastHash[] = "SELECT hash FROM mig_event ORDER BY id DESC LIMIT 1";
constexpr char kSelectEvents[] =
    "SELECT id, at, run_id, action, details, hash FROM mig_event ORDER BY id";
constexpr char kInsertEvent[] =
    "INSERT INTO mig_event (at, run_id, action, details, hash) VALUES (?1, ?2, ?3, ?4, ?5)";
constexpr char kDeleteEvents[] = "DELETE FROM mig_event";
constexpr char kInsertKnownEvent[] =
    "INSERT INTO mig_event (id, at, run_id, action, details, hash)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
constexpr char kSnapshot[] = "schema";
constexpr char kSetMeta[] = "REPLACE INTO mig_meta (name, value) VALUES (?1, ?2)";
constexpr char kSelectMeta[] = "SELECT value FROM mig_meta WHERE name = ?1";

absl::StatusOr<AppliedMigration> ReadApplied(const Statement& select) {
  AppliedMigration applied{.version = static_cast<int>(select.Integer(0)),
                           .name = select.Text(1),
                           .checksum = select.Text(2),
                           .suits_from = static_cast<int>(select.Integer(3)),
                           .suits_to = static_cast<int>(select.Integer(4)),
                           .applied_at = select.Text(5),
                           .duration_us = select.Integer(6),
                           .applied_by = select.Text(7),
                           .run_id = select.Text(8),
                           .strategy = select.Text(9),
                           .schema_before = select.Text(10),
                           .schema_after = select.Text(11),
                           .backup_id = select.Text(12)};
  if (applied.content.ParseFromString(select.Text(13))) return applied;
  return ErrorWithReason(
      absl::StatusCode::kDataLoss, Reason::kStoreDamaged,
      absl::StrCat("the history's copy of migration ", applied.version, " is not readable"));
}

absl::Status InsertApplied(Connection& database, const AppliedMigration& applied) {
  const std::string content = applied.content.SerializeAsString();
  DAYBOOK_ASSIGN_OR_RETURN(Statement insert, database.Prepare(kInsertHistory));
  insert.BindInteger(1, applied.version);
  insert.BindText(2, applied.name);
  insert.BindText(3, applied.checksum);
  insert.BindInteger(4, applied.suits_from);
  insert.BindInteger(5, applied.suits_to);
  insert.BindText(6, applied.applied_at);
  insert.BindInteger(7, applied.duration_us);
  insert.BindText(8, applied.applied_by);
  insert.BindText(9, applied.run_id);
  insert.BindText(10, applied.strategy);
  insert.BindText(11, applied.schema_before);
  insert.BindText(12, applied.schema_after);
  insert.BindText(13, applied.backup_id);
  insert.BindBlob(14, content);
  return insert.Run();
}

struct EventRow {
  std::string at;
  std::string run_id;
  std::string action;
  std::string details;
};

// Each part with its length, so that nothing can move between them.
std::string HashAfter(const std::string& previous, const EventRow& event) {
  std::string bytes = "daybook/migration-event/v1\n";
  for (const std::string& part : {previous, event.at, event.run_id, event.action, event.details}) {
    absl::StrAppend(&bytes, part.size(), ":", part, "\n");
  }
  return ledger::ToHex(ledger::Sha256(bytes));
}

absl::StatusOr<std::string> LastHash(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.Prepare(kSelectLastHash));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
  return has_row ? select.Text(0) : std::string();
}

std::string DetailsJson(const MigrationEvent& event) {
  std::string json = "{";
  for (const auto& [name, value] : event.details) {
    absl::StrAppend(&json, json.size() > 1 ? "," : "", telemetry::JsonQuoted(name), ":",
                    telemetry::JsonQuoted(value));
  }
  return json + "}";
}

}  // namespace

absl::StatusOr<std::vector<AppliedMigration>> ReadHistory(Connection& database) {
  std::vector<AppliedMigration> history;
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_records, HasRecords(database));
  if (!has_records) return history;
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.PrepareKnown(kSelectHistory));
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return history;
    DAYBOOK_ASSIGN_OR_RETURN(AppliedMigration applied, ReadApplied(select));
    history.push_back(std::move(applied));
  }
}

absl::StatusOr<std::vector<StepRecord>> ReadSteps(Connection& database, int version) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.PrepareKnown(kSelectSteps));
  select.BindInteger(1, version);
  std::vector<StepRecord> records;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return records;
    DAYBOOK_RETURN_IF_ERROR(FromJson(select.Text(0), &records.emplace_back()));
  }
}

absl::Status AddToHistory(Connection& database, const AppliedMigration& applied,
                          const std::vector<StepRecord>& steps) {
  DAYBOOK_RETURN_IF_ERROR(InsertApplied(database, applied));
  DAYBOOK_ASSIGN_OR_RETURN(Statement insert_step, database.Prepare(kInsertStep));
  int step = 0;
  for (const StepRecord& record : steps) {
    const std::string json = ToJson(record);
    insert_step.BindInteger(1, applied.version);
    insert_step.BindInteger(2, ++step);
    insert_step.BindText(3, json);
    DAYBOOK_RETURN_IF_ERROR(insert_step.Run());
  }
  return absl::OkStatus();
}

absl::Status RemoveFromHistory(Connection& database, int version) {
  DAYBOOK_RETURN_IF_ERROR(database.Execute(absl::StrCat(kDeleteSteps, version)));
  return database.Execute(absl::StrCat(kDeleteHistory, version));
}

absl::Status ReplaceHistory(Connection& database, const std::vector<AppliedMigration>& history) {
  DAYBOOK_RETURN_IF_ERROR(database.Execute(kDeleteAllHistory));
  for (const AppliedMigration& applied : history) {
    DAYBOOK_RETURN_IF_ERROR(InsertApplied(database, applied));
  }
  return absl::OkStatus();
}

absl::Status WriteSnapshot(Connection& database, const SchemaModel& schema) {
  migration::v1::SchemaSnapshot snapshot;
  for (const SchemaObject& object : schema.objects()) *snapshot.add_object() = object;
  const std::string json = ToJson(snapshot);
  DAYBOOK_ASSIGN_OR_RETURN(Statement insert, database.Prepare(kSetMeta));
  insert.BindText(1, kSnapshot);
  insert.BindText(2, json);
  return insert.Run();
}

absl::StatusOr<SchemaModel> ReadSnapshot(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.PrepareKnown(kSelectMeta));
  select.BindText(1, kSnapshot);
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
  migration::v1::SchemaSnapshot snapshot;
  if (has_row) DAYBOOK_RETURN_IF_ERROR(FromJson(select.Text(0), &snapshot));
  SchemaModel schema;
  for (const SchemaObject& object : snapshot.object()) schema.Put(object);
  return schema;
}

absl::Status AppendEvent(Connection& database, const RunIdentity& run,
                         const MigrationEvent& event) {
  const EventRow row{.at = FormatTime(FloorToMicros(run.clock.Now())),
                     .run_id = run.run_id,
                     .action = event.action,
                     .details = DetailsJson(event)};
  DAYBOOK_ASSIGN_OR_RETURN(const std::string previous, LastHash(database));
  const std::string hash = HashAfter(previous, row);
  DAYBOOK_ASSIGN_OR_RETURN(Statement insert, database.Prepare(kInsertEvent));
  insert.BindText(1, row.at);
  insert.BindText(2, row.run_id);
  insert.BindText(3, row.action);
  insert.BindText(4, row.details);
  insert.BindText(5, hash);
  return insert.Run();
}

absl::StatusOr<std::vector<RecordedEvent>> ReadEvents(Connection& database) {
  std::vector<RecordedEvent> events;
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_records, HasRecords(database));
  if (!has_records) return events;
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.PrepareKnown(kSelectEvents));
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return events;
    events.push_back({.id = select.Integer(0),
                      .at = select.Text(1),
                      .run_id = select.Text(2),
                      .action = select.Text(3),
                      .details = select.Text(4),
                      .hash = select.Text(5)});
  }
}

absl::Status ReplaceEvents(Connection& database, const std::vector<RecordedEvent>& events) {
  DAYBOOK_RETURN_IF_ERROR(database.Execute(kDeleteEvents));
  DAYBOOK_ASSIGN_OR_RETURN(Statement insert, database.Prepare(kInsertKnownEvent));
  for (const RecordedEvent& event : events) {
    insert.BindInteger(1, event.id);
    insert.BindText(2, event.at);
    insert.BindText(3, event.run_id);
    insert.BindText(4, event.action);
    insert.BindText(5, event.details);
    insert.BindText(6, event.hash);
    DAYBOOK_RETURN_IF_ERROR(insert.Run());
  }
  return absl::OkStatus();
}

absl::Status CheckEventChain(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.PrepareKnown(kSelectEvents));
  std::string previous;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return absl::OkStatus();
    const EventRow row{.at = select.Text(1),
                       .run_id = select.Text(2),
                       .action = select.Text(3),
                       .details = select.Text(4)};
    if (select.Text(5) != HashAfter(previous, row)) {
      return ErrorWithReason(
          absl::StatusCode::kDataLoss, Reason::kStoreDamaged,
          absl::StrCat("row ", select.Integer(0),
                       " of mig_event, or one before it, was changed or taken out"));
    }
    previous = select.Text(5);
  }
}

}  // namespace daybook::migrator::sqlite
