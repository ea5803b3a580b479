#pragma once

namespace daybook::migrator {

// How daybook-migrate ends. Stable: init containers and scripts decide by it.
enum class ExitCode {
  kDone = 0,             // done, or nothing pending
  kUsage = 2,            // usage or configuration; retrying does not help
  kPending = 3,          // `status --exit-code`: migrations are pending
  kHistoryMismatch = 4,  // the database is not what its history says
  kNewerThanBuild = 5,   // the database is newer than this build supports
  kResources = 11,       // no space, or no permission; retry after a fix
  kUnreachable = 20,     // the database cannot be opened; retry
  kLockHeld = 21,        // another migrator is at work; retry
  kServiceLive = 23,     // a live service holds the store; retry
  kFailed = 30,          // failed, and everything is as before
};

}  // namespace daybook::migrator
