#include "migrator/app/locks.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "core/status_macros.h"
#include "migrator/migration/failure.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::FileLock;
using ::daybook::migration::ExitCode;
using ::daybook::migration::Failure;

constexpr absl::Duration kBetweenTries = absl::Milliseconds(50);

// The kernel frees a lock without telling those who wait for it.
absl::StatusOr<FileLock> WaitFor(const std::string& path, absl::Time deadline,
                                 const Options& options) {
  while (true) {
    absl::StatusOr<FileLock> lock = FileLock::Acquire(path);
    if (!absl::IsUnavailable(lock.status()) || absl::Now() >= deadline) return lock;
    if (options.stop) return absl::CancelledError("asked to stop while waiting for a lock");
    absl::SleepFor(kBetweenTries);
  }
}

}  // namespace

absl::StatusOr<Locks> TakeLocks(const Options& options) {
  const absl::Time deadline = absl::Now() + options.lock_timeout;
  absl::StatusOr<FileLock> migrate =
      WaitFor(absl::StrCat(options.database, ".migrate.lock"), deadline, options);
  if (absl::IsUnavailable(migrate.status())) {
    return Failure(ExitCode::kLockHeld, "another daybook-migrate is at work on this database",
                   "wait for it, then run it again; --lock-timeout says how long to wait");
  }
  if (!migrate.ok()) return migrate.status();
  absl::StatusOr<FileLock> service =
      WaitFor(absl::StrCat(options.database, ".service.lock"), deadline, options);
  if (absl::IsUnavailable(service.status())) {
    return Failure(ExitCode::kServiceLive,
                   absl::StrCat("a live service holds ", options.database, ".service.lock"),
                   "stop the service, then run it again");
  }
  if (!service.ok()) return service.status();
  return Locks{.migrate = *std::move(migrate), .service = *std::move(service)};
}

}  // namespace daybook::migrator::app
