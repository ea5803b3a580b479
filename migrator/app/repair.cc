#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "migrator/app/backups.h"
#include "migrator/app/commands.h"
#include "migrator/app/locks.h"
#include "migrator/app/made_schema.h"
#include "migrator/app/report_observer.h"
#include "migrator/app/state.h"
#include "migrator/migration/failure.h"
#include "migrator/migration/migration_set.h"
#include "migrator/sqlite/history.h"
#include "migrator/sqlite/records.h"
#include "migrator/sqlite/testimony.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::Failure;
using ::daybook::migration::MigrationFile;
using ::daybook::migration::MigrationSet;
using sqlite::AppliedMigration;
using sqlite::SchemaModel;
using sqlite::Testimony;

constexpr char kRestoreInstead[] = "daybook-migrate backup list, then backup restore";

absl::Status Unprovable(absl::string_view why) {
  return Failure(
      ExitCode::kHistoryMismatch,
      absl::StrCat("it cannot be proved what the database is: ", why, "; nothing was changed"),
      kRestoreInstead);
}

// What a history should say, and says.
struct Records {
  std::vector<AppliedMigration> history;
  SchemaModel snapshot;
};

// What is there and unreadable counts as missing: it is written anew.
absl::StatusOr<Records> ReadRecords(Connection& database) {
  Records records;
  const auto history = sqlite::ReadHistory(database);
  if (!history.ok() && !absl::IsDataLoss(history.status())) return history.status();
  if (history.ok()) records.history = *history;
  const auto snapshot = sqlite::ReadSnapshot(database);
  if (!snapshot.ok() && !absl::IsDataLoss(snapshot.status())) return snapshot.status();
  if (snapshot.ok()) records.snapshot = *snapshot;
  return records;
}

// The schema that the migrations began with, by a record that the chain of events
// vouches for.
absl::StatusOr<SchemaModel> StartOf(Connection& database, const Testimony& testimony,
                                    const Records& records, const SchemaModel& now) {
  if (testimony.HasBaseline()) return SchemaModel();
  const bool is_snapshot_true = records.snapshot.Digest() == testimony.schema_after;
  if (!is_snapshot_true && now.Digest() != testimony.schema_after) {
    return Unprovable("neither its schema nor the record of it is what the last migration left");
  }
  const auto start =
      SchemaBeforeAll(database, is_snapshot_true ? records.snapshot : now, testimony.version);
  if (!start.ok()) return Unprovable(start.status().message());
  const std::string& told = testimony.applied.at(1).schema_before;
  if (told.empty() || told == start->Digest()) return *start;
  return Unprovable("mig_step does not lead back to the schema that the first migration met");
}

// A row of the history as it should be: what was done by the history itself or by
// the events, what it was about by the file.
AppliedMigration WantedRow(const MigrationFile& file, const Records& records,
                           const Testimony& testimony, const std::string& build) {
  const int version = file.migration.version();
  const auto there =
      std::find_if(records.history.begin(), records.history.end(),
                   [&](const AppliedMigration& row) { return row.version == version; });
  AppliedMigration wanted = there != records.history.end() ? *there : testimony.applied.at(version);
  if (there == records.history.end()) wanted.applied_by = build;
  const auto& suits = file.migration.suits();
  wanted.name = file.migration.name();
  wanted.checksum = file.checksum;
  wanted.suits_from = suits.from() != 0 ? suits.from() : version;
  wanted.suits_to = suits.to();
  wanted.content = file.migration;
  return wanted;
}

absl::StatusOr<std::vector<AppliedMigration>> WantedHistory(const MigrationSet& set,
                                                            const Records& records,
                                                            const Testimony& testimony,
                                                            const std::string& build) {
  std::vector<AppliedMigration> wanted;
  for (int version = 1; version <= testimony.version; ++version) {
    const MigrationFile* const file = set.Find(version);
    if (file == nullptr) {
      return Failure(ExitCode::kNewerThanBuild,
                     absl::StrCat("the database is at version ", testimony.version,
                                  ", and these migrations lack version ", version),
                     "use the newer migrations");
    }
    if (!testimony.applied.contains(version)) {
      return Unprovable(absl::StrCat("no event tells of version ", version));
    }
    wanted.push_back(WantedRow(*file, records, testimony, build));
  }
  return wanted;
}

bool SameRow(const AppliedMigration& one, const AppliedMigration& other) {
  return one.version == other.version && one.name == other.name && one.checksum == other.checksum &&
         one.suits_from == other.suits_from && one.suits_to == other.suits_to &&
         one.schema_after == other.schema_after &&
         migration::ChecksumOf(one.content) == migration::ChecksumOf(other.content);
}

// What differs, in words; empty where nothing does.
std::vector<std::string> Differences(const Records& records, const Records& wanted) {
  std::vector<std::string> differences;
  const auto find = [](const std::vector<AppliedMigration>& rows, int version) {
    return std::find_if(rows.begin(), rows.end(),
                        [&](const AppliedMigration& row) { return row.version == version; });
  };
  for (const AppliedMigration& row : wanted.history) {
    const auto there = find(records.history, row.version);
    if (there == records.history.end()) {
      differences.push_back(absl::StrCat("the row of version ", row.version, " was missing"));
    } else if (!SameRow(*there, row)) {
      differences.push_back(absl::StrCat("the row of version ", row.version, " was another"));
    }
  }
  for (const AppliedMigration& row : records.history) {
    if (find(wanted.history, row.version) == wanted.history.end()) {
      differences.push_back(absl::StrCat("version ", row.version, " was never applied"));
    }
  }
  if (records.snapshot.Digest() != wanted.snapshot.Digest()) {
    differences.emplace_back("the record of the schema was another");
  }
  return differences;
}

// A history that is to be put in order. What it should say is proved first.
class Repairer {
 public:
  Repairer(Connection& database, const MigrationSet& set, const Options& options, Report& report)
      : database_(database), set_(set), options_(options), report_(report) {}

  // Inside a transaction. Returns what was repaired.
  absl::StatusOr<std::vector<std::string>> Run();

 private:
  absl::StatusOr<Records> Prove(const Records& records, const Testimony& testimony);
  absl::Status Write(const Records& wanted, const std::vector<std::string>& differences);

  Connection& database_;
  const MigrationSet& set_;
  const Options& options_;
  Report& report_;
};

// What the records should be.
absl::StatusOr<Records> Repairer::Prove(const Records& records, const Testimony& testimony) {
  Records wanted;
  DAYBOOK_ASSIGN_OR_RETURN(wanted.snapshot, SchemaModel::Read(database_));
  DAYBOOK_ASSIGN_OR_RETURN(wanted.history, WantedHistory(set_, records, testimony, options_.build));
  DAYBOOK_ASSIGN_OR_RETURN(SchemaModel start,
                           StartOf(database_, testimony, records, wanted.snapshot));
  const absl::Status proved =
      ProveMade(database_, std::move(start), set_, testimony.version, report_);
  if (!proved.ok() && !migration::IsFailure(proved)) return Unprovable(proved.message());
  DAYBOOK_RETURN_IF_ERROR(proved);
  wanted.history.back().schema_after = wanted.snapshot.Digest();
  return wanted;
}

absl::Status Repairer::Write(const Records& wanted, const std::vector<std::string>& differences) {
  ReportObserver observer(report_);
  RunBackup backup(options_, observer, "pre-repair");
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::string backup_id,
      backup.Make(database_, {.history = wanted.history, .schema = wanted.snapshot}));
  DAYBOOK_RETURN_IF_ERROR(sqlite::CreateRecords(database_));
  DAYBOOK_RETURN_IF_ERROR(sqlite::ReplaceHistory(database_, wanted.history));
  DAYBOOK_RETURN_IF_ERROR(sqlite::WriteSnapshot(database_, wanted.snapshot));
  return sqlite::AppendEvent(database_, {.run_id = options_.run_id, .clock = options_.clock},
                             {.action = "migration.repaired",
                              .details = {{"version", absl::StrCat(wanted.history.back().version)},
                                          {"repaired", absl::StrJoin(differences, "; ")},
                                          {"schema_after", wanted.snapshot.Digest()},
                                          {"backup", backup_id}}});
}

absl::StatusOr<std::vector<std::string>> Repairer::Run() {
  const absl::StatusOr<Testimony> testimony = sqlite::ReadTestimony(database_);
  if (!testimony.ok()) return Unprovable(testimony.status().message());
  DAYBOOK_ASSIGN_OR_RETURN(const Records records, ReadRecords(database_));
  if (testimony->version == 0 && records.history.empty()) return std::vector<std::string>();
  if (testimony->version == 0) return Unprovable("no event tells of any migration in place");
  DAYBOOK_ASSIGN_OR_RETURN(const Records wanted, Prove(records, *testimony));
  std::vector<std::string> differences = Differences(records, wanted);
  if (!differences.empty()) DAYBOOK_RETURN_IF_ERROR(Write(wanted, differences));
  return differences;
}

absl::StatusOr<std::vector<std::string>> RepairLocked(const MigrationSet& set,
                                                      const Options& options, Report& report) {
  DAYBOOK_ASSIGN_OR_RETURN(const Locks locks, TakeLocks(options));
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, OpenForChange(options));
  std::vector<std::string> repaired;
  DAYBOOK_RETURN_IF_ERROR(database.InTransaction([&]() -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(repaired, Repairer(database, set, options, report).Run());
    return absl::OkStatus();
  }));
  return repaired;
}

}  // namespace

ExitCode Repair(const Options& options, Report& report) {
  const absl::StatusOr<MigrationSet> set = MigrationSet::Read(options.migrations);
  if (!set.ok()) return report.Fail(absl::InvalidArgumentError(set.status().message()));
  const auto repaired = RepairLocked(*set, options, report);
  if (!repaired.ok()) return report.Fail(repaired.status());
  for (const std::string& line : *repaired) report.Step("repaired", line);
  if (repaired->empty()) {
    return report.Result(ExitCode::kDone, "nothing_to_repair",
                         "the history is what these migrations and the events say");
  }
  return report.Result(ExitCode::kDone, "repaired",
                       "the database is what these migrations make, and its history says so again",
                       "daybook-migrate verify");
}

}  // namespace daybook::migrator::app
