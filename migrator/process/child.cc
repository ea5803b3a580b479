#include "migrator/process/child.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <vector>

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "core/status_macros.h"

namespace daybook::process {
namespace {

using ::daybook::db::sqlite::Descriptor;

absl::Status SystemError(absl::string_view doing) { return absl::ErrnoToStatus(errno, doing); }

// A file without a name, so that nobody has to write while the child reads.
absl::StatusOr<Descriptor> FileWith(const std::string& bytes) {
  Descriptor file(memfd_create("input", MFD_CLOEXEC));
  if (file.number() < 0) return SystemError("make the command's input");
  size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t more =
        pwrite(file.number(), &bytes[written], bytes.size() - written, static_cast<off_t>(written));
    if (more < 0) return SystemError("make the command's input");
    written += static_cast<size_t>(more);
  }
  return file;
}

std::vector<char*> PointersTo(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::string NameOf(const std::string& variable) { return variable.substr(0, variable.find('=')); }

// `more`, and of this program's environment what it does not set anew.
std::vector<std::string> EnvironmentWith(std::vector<std::string> more) {
  const auto given = static_cast<std::ptrdiff_t>(more.size());
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string name = NameOf(*variable);
    const bool is_set_anew =
        std::any_of(more.begin(), more.begin() + given,
                    [&](const std::string& other) { return NameOf(other) == name; });
    if (!is_set_anew) more.emplace_back(*variable);
  }
  return more;
}

// A process of its own group, with the signals of a new one.
absl::StatusOr<pid_t> Spawn(const Command& command, int input) {
  std::vector<std::string> arguments = command.arguments;
  std::vector<std::string> environment = EnvironmentWith(command.environment);
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
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  pid_t process = 0;
  const int error = posix_spawnp(&process, arguments.front().c_str(), &actions, &attributes,
                                 PointersTo(arguments).data(), PointersTo(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return absl::ErrnoToStatus(error, absl::StrCat("start ", arguments.front()));
  return process;
}

// What shells add to the number of a signal that ended a program.
constexpr int kBySignal = 128;

bool IsReadable(const Descriptor& file, int within_ms) {
  struct pollfd event {
    .fd = file.number(), .events = POLLIN, .revents = 0
  };
  return poll(&event, 1, within_ms) > 0;
}

}  // namespace

absl::StatusOr<Child> Child::Start(const Command& command) {
  if (command.arguments.empty()) return absl::InvalidArgumentError("the command is empty");
  DAYBOOK_ASSIGN_OR_RETURN(const Descriptor input, FileWith(command.input));
  DAYBOOK_ASSIGN_OR_RETURN(const pid_t process, Spawn(command, input.number()));
  Child child(process, Descriptor(static_cast<int>(syscall(SYS_pidfd_open, process, 0))));
  if (child.ended_.number() < 0) return SystemError("watch the command");
  return child;
}

Child::~Child() {
  if (process_ != 0) Kill();
}

void Child::Kill() {
  kill(-process_, SIGKILL);
  Reap();
}

int Child::Reap() {
  int status = 0;
  while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = 0;
  return status;
}

absl::StatusOr<int> Child::AwaitCode(absl::Time deadline, const std::atomic<bool>* stop) {
  constexpr int kLookMs = 100;
  while (!IsReadable(ended_, kLookMs)) {
    if (stop != nullptr && *stop) {
      Kill();
      return absl::CancelledError("stopped as asked");
    }
    if (absl::Now() > deadline) {
      Kill();
      return absl::DeadlineExceededError("it took too long");
    }
  }
  const int status = Reap();
  return WIFEXITED(status) ? WEXITSTATUS(status) : kBySignal + WTERMSIG(status);
}

absl::Status Child::Wait(absl::Time deadline, const std::atomic<bool>* stop) {
  DAYBOOK_ASSIGN_OR_RETURN(const int code, AwaitCode(deadline, stop));
  if (code == 0) return absl::OkStatus();
  return absl::AbortedError(code > kBySignal
                                ? absl::StrCat("signal ", code - kBySignal, " ended it")
                                : absl::StrCat("it ended with ", code));
}

bool Child::HasEnded() const { return process_ == 0 || IsReadable(ended_, 0); }

}  // namespace daybook::process
