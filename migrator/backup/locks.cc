#include "migrator/backup/locks.h"

#include "absl/strings/str_cat.h"

#include "migrator/backup/names.h"
#include "migrator/migration/failure.h"

namespace daybook::migrator::backup {
namespace {

using ::daybook::db::sqlite::FileLock;
using ::daybook::migration::ExitCode;

absl::StatusOr<FileLock> Acquire(const std::string& path, ExitCode code, absl::string_view what) {
  absl::StatusOr<FileLock> lock = FileLock::Acquire(path);
  if (!absl::IsUnavailable(lock.status())) return lock;
  return migration::Failure(code, absl::StrCat(what, ": ", lock.status().message()),
                            "let it finish or stop it, then run it again; nothing was changed");
}

}  // namespace

std::string MigrateLockOf(const std::string& database) {
  return absl::StrCat(RealPath(database), ".migrate.lock");
}

absl::StatusOr<FileLock> LockForMigrating(const std::string& database) {
  return Acquire(MigrateLockOf(database), ExitCode::kLockHeld,
                 "another migrator is at work on the database");
}

std::string ServiceLockOf(const std::string& database) {
  return absl::StrCat(RealPath(database), ".service.lock");
}

absl::StatusOr<FileLock> LockForServing(const std::string& database) {
  return Acquire(ServiceLockOf(database), ExitCode::kServiceLive,
                 "a service is using the database");
}

}  // namespace daybook::migrator::backup
