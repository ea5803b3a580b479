#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace daybook::migration {

// How daybook-migrate ends. Stable: init containers and scripts decide by it.
enum class ExitCode {
  kDone = 0,             // done, or nothing pending
  kUsage = 2,            // usage or configuration; retrying does not help
  kPending = 3,          // `status --exit-code`: migrations are pending
  kHistoryMismatch = 4,  // the database is not what its history says
  kNewerThanBuild = 5,   // the database is newer than this build supports
  kData = 10,            // preflight: rows are in the way
  kResources = 11,       // preflight: no space, or no permission
  kRefused = 12,         // preflight: lint, or an approval that is missing
  kUnreachable = 20,     // the database cannot be opened; retry
  kLockHeld = 21,        // another migrator is at work; retry
  kLockSpent = 22,       // the tries to get a lock are spent; retry
  kServiceLive = 23,     // a live service holds the database; retry
  kFailed = 30,          // failed, and everything is as before
  kVerification = 31,    // verification failed, and everything is as before
  kNotPutBack = 32,      // failed, and not put back: an operator is needed
  kBudget = 33,          // took longer than it may; everything is as before
  kBackup = 40,          // no verified backup; nothing was changed
  kRestore = 41,         // restore failed; the database is untouched
  kInterrupted = 130,    // SIGINT; everything is as before
  kTerminated = 143,     // SIGTERM; everything is as before
};

// Whether running it again can help without anybody mending anything.
bool IsRetryable(ExitCode code);

// An error that ends the program with `code`. `message` says what happened and
// what it means, `next` what the operator should do.
absl::Status Failure(ExitCode code, absl::string_view message, absl::string_view next);

// Whether Failure made `error`.
bool IsFailure(const absl::Status& error);

// How the program ends on `error`, which is one: as Failure said, or by what the
// error is.
ExitCode ExitCodeOf(const absl::Status& error);

// What the operator should do, "" where Failure did not make `error`.
std::string NextIn(const absl::Status& error);

}  // namespace daybook::migration
