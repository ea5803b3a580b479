#include "migrator/backup/upload.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <vector>

#include <sys/syscall.h>
#include <sys/wait.h>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "db/sqlite/descriptor.h"
#include "migrator/backup/failures.h"

namespace daybook::migrator::backup {
namespace {

using ::daybook::db::sqlite::Descriptor;

// A process of its own group, with the signals of a new one.
absl::StatusOr<pid_t> Start(std::vector<std::string> arguments) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
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
  const int error =
      posix_spawnp(&process, pointers[0], &actions, &attributes, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return absl::ErrnoToStatus(error, absl::StrCat("start ", arguments[0]));
  return process;
}

// Waits for its end, for `stop` or for `deadline`.
absl::Status WaitFor(const BackupJob& job, pid_t process, absl::Time deadline) {
  constexpr int kLookMs = 100;
  const Descriptor ended(static_cast<int>(syscall(SYS_pidfd_open, process, 0)));
  if (ended.number() < 0) return absl::ErrnoToStatus(errno, "watch the command");
  while (true) {
    struct pollfd event {
      .fd = ended.number(), .events = POLLIN, .revents = 0
    };
    if (poll(&event, 1, kLookMs) > 0) return absl::OkStatus();
    DAYBOOK_RETURN_IF_ERROR(CheckStop(job));
    if (absl::Now() > deadline) return absl::DeadlineExceededError("it took too long");
  }
}

absl::Status Run(const BackupJob& job, const Upload& upload, const Manifest& manifest) {
  DAYBOOK_ASSIGN_OR_RETURN(const pid_t process, Start({upload.command, BackupPath(job, manifest),
                                                       ManifestPath(job, manifest)}));
  const absl::Status waited = WaitFor(job, process, absl::Now() + upload.deadline);
  if (!waited.ok()) kill(-process, SIGKILL);
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  DAYBOOK_RETURN_IF_ERROR(waited);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return absl::OkStatus();
  return absl::AbortedError(WIFEXITED(status)
                                ? absl::StrCat("it ended with ", WEXITSTATUS(status))
                                : absl::StrCat("signal ", WTERMSIG(status), " ended it"));
}

}  // namespace

absl::Status UploadBackup(const BackupJob& job, const Upload& upload, Manifest& manifest) {
  const absl::Status done = Run(job, upload, manifest);
  if (absl::IsCancelled(done)) return done;
  if (done.ok()) {
    SetTimestamp(FloorToMicros(job.clock.Now()), manifest.mutable_uploaded_at());
    return WriteManifest(job, manifest);
  }
  const std::string what = absl::StrCat("the upload command ", upload.command, " failed");
  switch (upload.policy) {
    case Upload::Policy::kRequired:
      return AsFailure(done, migration::ExitCode::kBackup, what,
                       "mend it, or let it be best-effort; the backup is made and verified,"
                       " nothing was changed");
    case Upload::Policy::kBestEffort:
      job.observer.Note("warning", absl::StrCat(what, ": ", done.message()), {});
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

}  // namespace daybook::migrator::backup
