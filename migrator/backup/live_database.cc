#include "migrator/backup/live_database.h"

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/open_elsewhere.h"
#include "migrator/migration/failure.h"

namespace daybook::migrator::backup {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;

constexpr char kVersion[] = "PRAGMA data_version";
constexpr char kWait[] = "PRAGMA busy_timeout = 2000";

absl::Status InUseError(absl::string_view how) {
  return migration::Failure(migration::ExitCode::kServiceLive,
                            absl::StrCat("another program is using the database: ", how),
                            "stop it, then run it again; nothing was changed");
}

// Locks of others are no fault of the database.
absl::Status Explain(const absl::Status& error, absl::string_view how) {
  return absl::IsUnavailable(error) ? InUseError(how) : error;
}

absl::StatusOr<bool> IsInWalMode(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::string mode, database.QueryText("PRAGMA journal_mode"));
  return mode == "wal";
}

}  // namespace

absl::StatusOr<LiveDatabase> LiveDatabase::Hold(const std::string& path) {
  if (db::sqlite::IsOpen(path).value_or(false)) return InUseError("it has the file open");
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, Connection::Open(path, OpenMode::kForeign));
  DAYBOOK_ASSIGN_OR_RETURN(const bool is_wal, IsInWalMode(database));
  if (is_wal) {
    DAYBOOK_RETURN_IF_ERROR(Explain(database.LeaveWal(), "it shares its -wal"));
    DAYBOOK_RETURN_IF_ERROR(database.Execute(kWait));
  }
  LiveDatabase live(std::move(database), is_wal);
  DAYBOOK_RETURN_IF_ERROR(live.Begin());
  return live;
}

absl::Status LiveDatabase::Begin() {
  DAYBOOK_RETURN_IF_ERROR(Explain(database_->Execute("BEGIN IMMEDIATE"), "it is writing"));
  DAYBOOK_ASSIGN_OR_RETURN(version_, database_->QueryInteger(kVersion));
  return absl::OkStatus();
}

// One lock cannot be made the other without a moment between the two.
absl::Status LiveDatabase::HoldAlone() {
  DAYBOOK_RETURN_IF_ERROR(database_->Execute("ROLLBACK"));
  DAYBOOK_RETURN_IF_ERROR(Explain(database_->Execute("BEGIN EXCLUSIVE"), "it is reading"));
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t version, database_->QueryInteger(kVersion));
  DAYBOOK_ASSIGN_OR_RETURN(const bool is_wal, IsInWalMode(*database_));
  return version == version_ && !is_wal ? absl::OkStatus() : InUseError("it has just written");
}

LiveDatabase::~LiveDatabase() {
  if (!database_) return;
  if (database_->IsInTransaction()) database_->Execute("ROLLBACK").IgnoreError();
  if (was_wal_) database_->Execute("PRAGMA journal_mode = WAL").IgnoreError();
}

}  // namespace daybook::migrator::backup
