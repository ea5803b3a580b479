#include "migrator/green/waiting.h"

#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/time/clock.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "db/sqlite/open_elsewhere.h"
#include "migrator/backup/failures.h"
#include "migrator/backup/names.h"
#include "migrator/green/failures.h"
#include "migrator/migration/failure.h"

namespace daybook::migrator::green {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::migrator::backup::BackupJob;
using ::daybook::migrator::backup::LiveDatabase;

constexpr absl::Duration kBetweenTries = absl::Milliseconds(50);

bool IsInUse(const absl::Status& error) {
  return migration::IsFailure(error) &&
         migration::ExitCodeOf(error) == migration::ExitCode::kServiceLive;
}

// Nobody tells when a file is closed.
absl::Status TryUntil(absl::Time deadline, const BackupJob& job,
                      absl::FunctionRef<absl::Status()> attempt) {
  while (true) {
    absl::Status tried = attempt();
    if (!IsInUse(tried) || absl::Now() >= deadline) return tried;
    DAYBOOK_RETURN_IF_ERROR(backup::CheckStop(job));
    absl::SleepFor(kBetweenTries);
  }
}

absl::StatusOr<bool> IsInWalMode(const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, Connection::Open(path, OpenMode::kForeign));
  DAYBOOK_ASSIGN_OR_RETURN(const std::string mode, database.QueryText("PRAGMA journal_mode"));
  return mode == "wal";
}

}  // namespace

absl::Status WaitUntilUnused(const BackupJob& job, absl::Duration patience) {
  const std::string path = backup::DatabasePath(job);
  // To leave WAL mode tells for sure, later.
  DAYBOOK_ASSIGN_OR_RETURN(const bool tells_itself, IsInWalMode(path));
  return TryUntil(absl::Now() + patience, job, [&]() -> absl::Status {
    const std::optional<bool> is_open = db::sqlite::IsOpen(path);
    if (is_open.value_or(false)) return InUseError("it has the file open");
    if (is_open || tells_itself) return absl::OkStatus();
    return CannotExchangeError(path, "the system does not tell who has the file open");
  });
}

absl::StatusOr<LiveDatabase> HoldAlone(const BackupJob& job, absl::Duration patience) {
  const std::string path = backup::DatabasePath(job);
  std::optional<LiveDatabase> held;
  DAYBOOK_RETURN_IF_ERROR(TryUntil(absl::Now() + patience, job, [&]() -> absl::Status {
    held.reset();
    DAYBOOK_ASSIGN_OR_RETURN(LiveDatabase live, LiveDatabase::Hold(path));
    held.emplace(std::move(live));
    return held->HoldAlone();
  }));
  return *std::move(held);
}

}  // namespace daybook::migrator::green
