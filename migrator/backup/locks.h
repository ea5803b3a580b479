#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "db/sqlite/file_lock.h"

namespace daybook::migrator::backup {

// Locks beside a database's file, also where `database` is a link to it.

// Held by the one process that changes the database's schema or its backups. A
// Failure of kLockHeld where another holds it.
std::string MigrateLockOf(const std::string& database);
absl::StatusOr<db::sqlite::FileLock> LockForMigrating(const std::string& database);

// Held by whoever serves the database. A Failure of kServiceLive where another
// holds it.
std::string ServiceLockOf(const std::string& database);
absl::StatusOr<db::sqlite::FileLock> LockForServing(const std::string& database);

}  // namespace daybook::migrator::backup
