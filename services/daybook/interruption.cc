#include "daybook/interruption.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include "absl/time/clock.h"

namespace daybook::cli {
namespace {

int OpenStopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signalfd(-1, &signals, SFD_CLOEXEC);
}

}  // namespace

Interruption::Interruption() : signals_(OpenStopSignals()), end_(eventfd(0, EFD_CLOEXEC)) {
  watcher_ = std::thread([this] { Watch(); });
}

Interruption::~Interruption() {
  const uint64_t one = 1;
  // An eventfd always has room for this.
  [[maybe_unused]] const ssize_t written = write(end_, &one, sizeof(one));
  watcher_.join();
  close(signals_);
  close(end_);
}

// Of stdout poll() tells that nobody reads it without being asked to.
void Interruption::Watch() {
  std::array<pollfd, 3> watched = {pollfd{.fd = signals_, .events = POLLIN, .revents = 0},
                                   pollfd{.fd = end_, .events = POLLIN, .revents = 0},
                                   pollfd{.fd = STDOUT_FILENO, .events = 0, .revents = 0}};
  while (poll(watched.data(), watched.size(), -1) < 0 && errno == EINTR) continue;
  if (watched[1].revents != 0) return;
  Come();
}

void Interruption::Come() {
  const MutexLock lock(mutex_);
  has_come_ = true;
  if (call_ != nullptr) call_->TryCancel();
  changed_.NotifyAll();
}

bool Interruption::has_come() const {
  const MutexLock lock(mutex_);
  return has_come_;
}

void Interruption::Cancels(grpc::ClientContext& context) {
  const MutexLock lock(mutex_);
  call_ = &context;
  if (has_come_) context.TryCancel();
}

void Interruption::Release() {
  const MutexLock lock(mutex_);
  call_ = nullptr;
}

void Interruption::WaitFor(absl::Duration pause) {
  const absl::Time end = absl::Now() + pause;
  const MutexLock lock(mutex_);
  while (!has_come_ && absl::Now() < end) changed_.WaitFor(mutex_, end - absl::Now());
}

}  // namespace daybook::cli
