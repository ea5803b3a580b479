#pragma once

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "db/sqlite/descriptor.h"

namespace daybook::process {

// A program and what it is given. There is no shell between.
struct Command {
  std::vector<std::string> arguments;  // the first is the program, found by PATH
  std::string input = {};              // its standard input
  // What its environment has besides this program's, as NAME=VALUE.
  std::vector<std::string> environment = {};
};

// A program that runs beside this one, in a process group of its own. What it
// prints goes to this program's standard error.
//
// Thread-compatible.
class Child {
 public:
  static absl::StatusOr<Child> Start(const Command& command);

  Child(Child&& other) noexcept
      : process_(std::exchange(other.process_, 0)), ended_(std::move(other.ended_)) {}
  Child& operator=(Child&&) = delete;
  // Where it still runs, it is killed with its group.
  ~Child();

  // Waits for its end, but not beyond `deadline` or once `stop` is true; then it
  // is killed with its group. Tells its exit code; 128 and the number of the signal
  // where one ended it.
  //
  // DEADLINE_EXCEEDED  it took too long
  // CANCELLED          `stop` said so
  absl::StatusOr<int> AwaitCode(absl::Time deadline, const std::atomic<bool>* stop);

  // The same; ABORTED where it ended, but not with 0.
  absl::Status Wait(absl::Time deadline, const std::atomic<bool>* stop);

  // Whether it has ended by itself.
  bool HasEnded() const;

  // Leaves it to itself: nobody waits for it or kills it any more.
  void Abandon() { process_ = 0; }

 private:
  Child(pid_t process, db::sqlite::Descriptor ended)
      : process_(process), ended_(std::move(ended)) {}
  void Kill();
  int Reap();

  pid_t process_;  // 0 once it is no longer ours
  db::sqlite::Descriptor ended_;
};

}  // namespace daybook::process
