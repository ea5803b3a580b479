#include "daybookd/signals.h"

#include <csignal>

namespace daybook::daybookd {
namespace {

sigset_t AwaitedSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  return signals;
}

}  // namespace

void BlockSignals() {
  const sigset_t signals = AwaitedSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

std::optional<int> WaitForSignal(absl::Duration patience) {
  const sigset_t signals = AwaitedSignals();
  const timespec timeout = absl::ToTimespec(patience);
  const int signal = sigtimedwait(&signals, nullptr, &timeout);
  if (signal < 0) return std::nullopt;
  return signal;
}

}  // namespace daybook::daybookd
