#include "migrator/backup/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include <sys/syscall.h>
#include <sys/wait.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "core/status_macros.h"
#include "db/sqlite/descriptor.h"

namespace daybook::migrator::backup {
namespace {

using ::daybook::db::sqlite::Descriptor;

constexpr int kSignalBase = 128;

// Ended by a null pointer.
std::vector<char*> PointersTo(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// A process of its own group, with the signals of a new one.
absl::StatusOr<pid_t> Start(ChildProcess child) {
  const std::vector<char*> arguments = PointersTo(child.command);
  std::vector<char*> variables = PointersTo(child.environment);
  for (char** own = environ; *own != nullptr; ++own) variables.insert(variables.end() - 1, *own);
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  pid_t process = 0;
  const int error = posix_spawnp(&process, arguments[0], &actions, &attributes, arguments.data(),
                                 variables.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return absl::ErrnoToStatus(error, absl::StrCat("start ", child.command[0]));
  return process;
}

// Waits for its end, for `stop` or for `deadline`.
absl::Status WaitForEnd(const ChildProcess& child, pid_t process, absl::Time deadline) {
  constexpr int kLookMs = 100;
  const Descriptor ended(static_cast<int>(syscall(SYS_pidfd_open, process, 0)));
  if (ended.number() < 0) return absl::ErrnoToStatus(errno, "watch the command");
  while (true) {
    struct pollfd event {
      .fd = ended.number(), .events = POLLIN, .revents = 0
    };
    if (poll(&event, 1, kLookMs) > 0) return absl::OkStatus();
    if (child.stop != nullptr && *child.stop) return absl::CancelledError("asked to stop");
    if (absl::Now() > deadline) return absl::DeadlineExceededError("it took too long");
  }
}

}  // namespace

absl::StatusOr<int> RunToEnd(const ChildProcess& child) {
  DAYBOOK_ASSIGN_OR_RETURN(const pid_t process, Start(child));
  const absl::Status waited = WaitForEnd(child, process, absl::Now() + child.deadline);
  if (!waited.ok()) kill(-process, SIGKILL);
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  DAYBOOK_RETURN_IF_ERROR(waited);
  return WIFEXITED(status) ? WEXITSTATUS(status) : kSignalBase + WTERMSIG(status);
}

}  // namespace daybook::migrator::backup
