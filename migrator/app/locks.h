#pragma once

#include "absl/status/statusor.h"

#include "db/sqlite/file_lock.h"
#include "migrator/app/options.h"

namespace daybook::migrator::app {

// Keeps other migrators, and services that hold <database>.service.lock, away
// from a database while it lives.
struct Locks {
  db::sqlite::FileLock migrate;
  db::sqlite::FileLock service;
};

// Waits as long as the options say. Failures: kLockHeld, kServiceLive,
// kResources where the lock's file cannot be made; CANCELLED where it is asked
// to stop.
absl::StatusOr<Locks> TakeLocks(const Options& options);

// Keeps other migrators away alone, likewise.
absl::StatusOr<db::sqlite::FileLock> LockForMigrating(const Options& options);

}  // namespace daybook::migrator::app
