#include "migrator/green/go_back.h"

#include <filesystem>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "db/sqlite/open_elsewhere.h"
#include "migrator/backup/contents.h"
#include "migrator/backup/failures.h"
#include "migrator/backup/journal_mode.h"
#include "migrator/backup/live_database.h"
#include "migrator/backup/names.h"
#include "migrator/backup/placement.h"
#include "migrator/green/failures.h"
#include "migrator/green/place.h"
#include "migrator/green/row_digest.h"
#include "migrator/green/switched.h"
#include "migrator/green/waiting.h"
#include "migrator/migration/failure.h"
#include "migrator/sqlite/plan_text.h"

namespace daybook::migrator::green {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::migrator::backup::BackupJob;
using ::daybook::migrator::backup::LiveDatabase;
using ::daybook::migrator::sqlite::AppliedMigration;

class WayBack {
 public:
  WayBack(const BackupJob& job, const AppliedMigration& newest, const sqlite::RunOptions& options,
          absl::Duration patience)
      : job_(job),
        newest_(newest),
        options_(options),
        patience_(patience),
        path_(backup::DatabasePath(job)),
        folder_(std::filesystem::path(path_).parent_path().string()),
        blue_(BluePath(path_, newest.version - 1)) {}

  absl::Status Run();

 private:
  absl::Status Prepare();
  absl::Status Validate(Connection& live) const;
  absl::Status CheckBlue(const Switched& switched) const;
  absl::Status WriteHistory(Connection& live) const;
  absl::Status Exchange(LiveDatabase& live) const;
  absl::Status Verify() const;

  const BackupJob& job_;
  const AppliedMigration& newest_;
  const sqlite::RunOptions& options_;
  const absl::Duration patience_;
  const std::string path_;
  const std::string folder_;
  const std::string blue_;
};

absl::Status WayBack::Run() {
  DAYBOOK_RETURN_IF_ERROR(Prepare());
  {
    DAYBOOK_ASSIGN_OR_RETURN(LiveDatabase live, HoldAlone(job_, patience_));
    DAYBOOK_RETURN_IF_ERROR(Validate(live.connection()));
    DAYBOOK_RETURN_IF_ERROR(backup::CheckStop(job_));
    job_.observer.Phase("switch", "exchanging the two files");
    DAYBOOK_RETURN_IF_ERROR(WriteHistory(live.connection()));
    DAYBOOK_RETURN_IF_ERROR(Exchange(live));
  }
  DAYBOOK_RETURN_IF_ERROR(Verify());
  job_.observer.Phase("clean_up", "removing what was taken back");
  const absl::Status removed = db::sqlite::RemoveDatabase(blue_);
  if (!removed.ok()) job_.observer.Note("warning", removed.message(), {});
  return absl::OkStatus();
}

absl::Status WayBack::Prepare() {
  DAYBOOK_ASSIGN_OR_RETURN(const bool exists, db::sqlite::Exists(blue_));
  if (!exists) return absl::NotFoundError(absl::StrCat("there is no ", blue_));
  job_.observer.Phase("prepare", "looking whether the files can change places");
  DAYBOOK_RETURN_IF_ERROR(TryPlace(job_));
  if (db::sqlite::IsOpen(blue_).value_or(false)) {
    return InUseError(absl::StrCat("it has ", blue_, " open"));
  }
  return WaitUntilUnused(job_, patience_);
}

absl::Status WayBack::Validate(Connection& live) const {
  job_.observer.Phase("validate", "proving that nobody has written since the exchange");
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<Switched> switched, FindSwitch(live, newest_));
  if (!switched) return absl::NotFoundError("the history tells of no exchange");
  DAYBOOK_ASSIGN_OR_RETURN(const backup::Contents now, backup::ReadContents(live));
  if (DigestOfRows(now) != switched->green_rows) {
    return absl::AbortedError("the database was written to since the exchange");
  }
  return CheckBlue(*switched);
}

absl::Status WayBack::CheckBlue(const Switched& switched) const {
  // Not for reading alone: a kill may have left it a journal, which is played back.
  DAYBOOK_ASSIGN_OR_RETURN(Connection blue, Connection::Open(blue_, OpenMode::kForeign));
  DAYBOOK_ASSIGN_OR_RETURN(const backup::Contents held, backup::ReadContents(blue));
  if (DigestOfRows(held) == switched.blue_rows) return absl::OkStatus();
  return absl::AbortedError(absl::StrCat(blue_, " is not what it was at the exchange"));
}

// Before the exchange, so that no moment lacks it; done twice, it is the same.
absl::Status WayBack::WriteHistory(Connection& live) const {
  DAYBOOK_ASSIGN_OR_RETURN(const auto events, sqlite::ReadEvents(live));
  DAYBOOK_ASSIGN_OR_RETURN(Connection blue, Connection::Open(blue_, OpenMode::kForeign));
  return blue.InTransaction(
      [&] { return CarryHistory(blue, events, {newest_}, "blue", options_); });
}

absl::Status WayBack::Exchange(LiveDatabase& live) const {
  DAYBOOK_RETURN_IF_ERROR(backup::SetJournalMode(blue_, live.was_in_wal_mode() ? "wal" : "delete"));
  DAYBOOK_RETURN_IF_ERROR(backup::AdoptOwner(path_, blue_));
  DAYBOOK_RETURN_IF_ERROR(db::sqlite::SyncFile(blue_));
  DAYBOOK_RETURN_IF_ERROR(db::sqlite::RemoveJournals(path_));
  DAYBOOK_RETURN_IF_ERROR(db::sqlite::SyncFolder(folder_));
  absl::Status exchanged = db::sqlite::ExchangeDurably(blue_, path_);
  if (absl::IsUnimplemented(exchanged)) return CannotExchangeError(path_, exchanged.message());
  if (exchanged.ok()) live.Forget();
  return exchanged;
}

absl::Status WayBack::Verify() const {
  job_.observer.Phase("verify", "looking at what is in place");
  const auto look = [&]() -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(Connection database, Connection::Open(path_, OpenMode::kForeign));
    DAYBOOK_ASSIGN_OR_RETURN(const auto schema, sqlite::SchemaModel::Read(database));
    if (schema.Digest() == newest_.schema_before) return sqlite::CheckEventChain(database);
    return absl::DataLossError("its schema is not the one of before");
  };
  const absl::Status looked = look();
  if (looked.ok() || absl::IsUnavailable(looked)) return absl::OkStatus();
  return migration::Failure(
      migration::ExitCode::kNotPutBack,
      absl::StrCat("the old database is in place again, and not as it was: ", looked.message()),
      absl::StrCat("what was there before is ", blue_,
                   "; or daybook-migrate backup restore --backup ", newest_.backup_id));
}

}  // namespace

bool HasBlue(const std::string& database, const AppliedMigration& applied) {
  return applied.strategy == sqlite::StrategyName(sqlite::Plan::Strategy::kBlueGreen) &&
         db::sqlite::Exists(BluePath(backup::RealPath(database), applied.version - 1))
             .value_or(false);
}

absl::Status GoBackToBlue(const BackupJob& job, const AppliedMigration& newest,
                          const sqlite::RunOptions& options, absl::Duration patience) {
  const absl::Status done = WayBack(job, newest, options, patience).Run();
  return absl::IsNotFound(done) ? done : AsFailure(done);
}

absl::Status CarryHistory(Connection& database, const std::vector<sqlite::RecordedEvent>& events,
                          const std::vector<AppliedMigration>& taken_back, const char* via,
                          const sqlite::RunOptions& options) {
  DAYBOOK_RETURN_IF_ERROR(sqlite::CreateRecords(database));
  DAYBOOK_RETURN_IF_ERROR(sqlite::ReplaceEvents(database, events));
  DAYBOOK_ASSIGN_OR_RETURN(const auto schema, sqlite::SchemaModel::Read(database));
  DAYBOOK_RETURN_IF_ERROR(sqlite::WriteSnapshot(database, schema));
  for (const AppliedMigration& applied : taken_back) {
    DAYBOOK_RETURN_IF_ERROR(sqlite::AppendEvent(
        database, {.run_id = options.run_id, .version = applied.version, .clock = options.clock},
        {.action = "migration.rolled_back",
         .details = {{"version", absl::StrCat(applied.version)},
                     {"name", applied.name},
                     {"schema_after", applied.schema_before},
                     {"backup", applied.backup_id},
                     {"via", via},
                     {"reason", options.reason}}}));
  }
  return absl::OkStatus();
}

}  // namespace daybook::migrator::green
