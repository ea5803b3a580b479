#include "migrator/app/locks.h"

#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/time/clock.h"

#include "core/status_macros.h"
#include "migrator/backup/locks.h"
#include "migrator/migration/failure.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::FileLock;

constexpr absl::Duration kBetweenTries = absl::Milliseconds(50);

using Take = absl::FunctionRef<absl::StatusOr<FileLock>(const std::string& database)>;

// The kernel frees a lock without telling those who wait for it.
absl::StatusOr<FileLock> WaitFor(Take take, absl::Time deadline, const Options& options) {
  while (true) {
    absl::StatusOr<FileLock> lock = take(options.database);
    const bool is_held = !lock.ok() && migration::IsFailure(lock.status()) &&
                         migration::IsRetryable(migration::ExitCodeOf(lock.status()));
    if (!is_held || absl::Now() >= deadline) return lock;
    if (options.stop) return absl::CancelledError("asked to stop while waiting for a lock");
    absl::SleepFor(kBetweenTries);
  }
}

}  // namespace

absl::StatusOr<Locks> TakeLocks(const Options& options) {
  const absl::Time deadline = absl::Now() + options.lock_timeout;
  DAYBOOK_ASSIGN_OR_RETURN(FileLock migrate, WaitFor(backup::LockForMigrating, deadline, options));
  DAYBOOK_ASSIGN_OR_RETURN(FileLock service, WaitFor(backup::LockForServing, deadline, options));
  return Locks{.migrate = std::move(migrate), .service = std::move(service)};
}

absl::StatusOr<FileLock> LockForMigrating(const Options& options) {
  return WaitFor(backup::LockForMigrating, absl::Now() + options.lock_timeout, options);
}

}  // namespace daybook::migrator::app
