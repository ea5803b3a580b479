#include "daybookd/signals.h"

#include <csignal>

namespace daybook::daybookd {
namespace {

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

void BlockStopSignals() {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

std::optional<int> WaitForStop(absl::Duration patience) {
  const sigset_t signals = StopSignals();
  const timespec timeout = absl::ToTimespec(patience);
  const int signal = sigtimedwait(&signals, nullptr, &timeout);
  if (signal < 0) return std::nullopt;
  return signal;
}

}  // namespace daybook::daybookd
