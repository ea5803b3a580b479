#include "bench/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "bench/programs.h"
#include "core/status_macros.h"

namespace daybook::bench {
namespace {

constexpr size_t kTailBytes = 2'000;

std::string TailOf(const std::string& file) {
  std::ifstream stream(file);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  return text.size() <= kTailBytes ? text : text.substr(text.size() - kTailBytes);
}

// The command, which will get SIGINT should this program be killed. setpriv
// becomes the command itself.
std::vector<std::string> EndingWithParent(const std::vector<std::string>& command) {
  const std::optional<std::string> setpriv = FindProgram("setpriv");
  if (!setpriv) return command;
  std::vector<std::string> longer = {*setpriv, "--pdeathsig", "INT"};
  longer.insert(longer.end(), command.begin(), command.end());
  return longer;
}

// Tells of files that appear in a folder.
class FolderWatch {
 public:
  explicit FolderWatch(const std::string& folder) : events_(inotify_init1(IN_CLOEXEC)) {
    inotify_add_watch(events_, folder.c_str(), IN_MOVED_TO | IN_CREATE);
  }
  ~FolderWatch() { close(events_); }
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  // Waits for a file, or for the end of the process; true where it ended.
  bool AwaitFileOrEnd(int process, absl::Duration patience) {
    std::array<pollfd, 2> waits = {{{.fd = events_, .events = POLLIN, .revents = 0},
                                    {.fd = process, .events = POLLIN, .revents = 0}}};
    poll(waits.data(), waits.size(), static_cast<int>(absl::ToInt64Milliseconds(patience)) + 1);
    std::array<char, 4096> seen{};
    if ((waits[0].revents & POLLIN) != 0 && read(events_, seen.data(), seen.size()) < 0)
      return true;
    return (waits[1].revents & POLLIN) != 0;
  }

 private:
  int events_;
};

}  // namespace

absl::StatusOr<ChildProcess> ChildProcess::Start(const std::vector<std::string>& command,
                                                 const std::string& output_file) {
  std::vector<char*> arguments;
  std::vector<std::string> copies = EndingWithParent(command);
  arguments.reserve(copies.size() + 1);
  for (std::string& copy : copies) arguments.push_back(copy.data());
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output_file.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t pid = 0;
  const int failed = posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    return absl::UnavailableError(
        absl::StrCat(command[0], ": ", std::generic_category().message(failed)));
  }
  return ChildProcess(pid, static_cast<int>(syscall(SYS_pidfd_open, pid, 0)), output_file);
}

ChildProcess::ChildProcess(pid_t pid, int handle, std::string output_file)
    : pid_(pid), handle_(handle), output_file_(std::move(output_file)) {}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      handle_(std::exchange(other.handle_, -1)),
      output_file_(std::move(other.output_file_)) {}

ChildProcess::~ChildProcess() {
  if (pid_ != 0) Stop(SIGKILL).IgnoreError();
  if (handle_ >= 0) close(handle_);
}

absl::Status ChildProcess::AwaitFile(const std::string& file, absl::Duration patience) const {
  FolderWatch watch(std::filesystem::path(file).parent_path().string());
  const absl::Time deadline = absl::Now() + patience;
  while (!std::filesystem::exists(file)) {
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) return FailedError("took too long");
    if (watch.AwaitFileOrEnd(handle_, left)) return FailedError("ended");
  }
  return absl::OkStatus();
}

absl::Status ChildProcess::Stop(int signal) {
  if (pid_ == 0) return absl::OkStatus();
  kill(pid_, signal);
  return Wait();
}

absl::Status ChildProcess::Wait() {
  int outcome = 0;
  while (waitpid(pid_, &outcome, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  if (WIFEXITED(outcome) && WEXITSTATUS(outcome) == 0) return absl::OkStatus();
  return FailedError(WIFEXITED(outcome) ? absl::StrCat("exit code ", WEXITSTATUS(outcome))
                                        : absl::StrCat("signal ", WTERMSIG(outcome)));
}

absl::Status ChildProcess::FailedError(const std::string& what) const {
  return absl::UnavailableError(absl::StrCat(what, "; it printed:\n", TailOf(output_file_)));
}

absl::Status RunToEnd(const std::vector<std::string>& command, const std::string& output_file) {
  DAYBOOK_ASSIGN_OR_RETURN(ChildProcess child, ChildProcess::Start(command, output_file));
  return child.Wait();
}

}  // namespace daybook::bench
