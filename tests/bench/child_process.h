#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace daybook::bench {

// A program that runs beside this one and is ended, by its own id, at the
// latest when the object goes. What it prints goes to a file.
//
// Thread-compatible.
class ChildProcess {
 public:
  // `command` begins with the program, by its path or found through PATH.
  static absl::StatusOr<ChildProcess> Start(const std::vector<std::string>& command,
                                            const std::string& output_file);
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;

  pid_t pid() const { return pid_; }

  // Returns once `file` exists. UNAVAILABLE, with what the program printed last,
  // where it ended before or took longer than `patience`.
  absl::Status AwaitFile(const std::string& file, absl::Duration patience) const;

  // Sends `signal` and waits for the end; UNAVAILABLE where it failed.
  absl::Status Stop(int signal);

  // Waits for the end.
  absl::Status Wait();

 private:
  ChildProcess(pid_t pid, int handle, std::string output_file);
  absl::Status FailedError(const std::string& what) const;

  pid_t pid_;
  int handle_;  // a pidfd
  std::string output_file_;
};

// Runs a program to its end; UNAVAILABLE, with what it printed last, where it
// fails.
absl::Status RunToEnd(const std::vector<std::string>& command, const std::string& output_file);

}  // namespace daybook::bench
