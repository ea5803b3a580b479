#include "migrator/signals.h"

#include <csignal>

namespace daybook::migrator {
namespace {

// A signal handler reaches nothing but globals, and nothing but such.
std::atomic<bool> stop_asked{false};
std::atomic<int> stop_signal{SIGTERM};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

void OnStopSignal(int signal) {
  stop_signal = signal;
  stop_asked = true;
}

}  // namespace

void CatchStopSignals() {
  struct sigaction action {};
  action.sa_handler = OnStopSignal;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
  sigaction(SIGXFSZ, &action, nullptr);
}

const std::atomic<bool>& StopAsked() { return stop_asked; }

migration::ExitCode ExitCodeForStop() {
  return stop_signal == SIGINT ? migration::ExitCode::kInterrupted
                               : migration::ExitCode::kTerminated;
}

}  // namespace daybook::migrator
