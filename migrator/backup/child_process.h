#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace daybook::migrator::backup {

// A program to run, found by PATH, with its arguments: not by a shell.
struct ChildProcess {
  std::vector<std::string> command;
  std::vector<std::string> environment = {};  // NAME=VALUE, besides this program's own
  // Once it is over, or `stop` is true, the program and its children are killed.
  absl::Duration deadline = absl::InfiniteDuration();
  const std::atomic<bool>* stop = nullptr;
};

// Runs it to its end, and tells its exit code; 128 and the number of the signal
// where one ended it. What it prints goes to this program's standard error.
//
// CANCELLED          `stop` said so
// DEADLINE_EXCEEDED  it took too long
// otherwise          it could not be started
absl::StatusOr<int> RunToEnd(const ChildProcess& child);

}  // namespace daybook::migrator::backup
