#include "scrub/scrubber.h"

#include <chrono>
#include <utility>

namespace daybook::scrub {

Scrubber::Scrubber(Scrub scrub) : scrub_(std::move(scrub)), thread_([this] { Run(); }) {}

Scrubber::~Scrubber() {
  {
    const MutexLock lock(mutex_);
    ending_ = true;
  }
  has_ended_.NotifyAll();
  thread_.join();
}

void Scrubber::Run() {
  const Scrub::Wait wait = [this](absl::Duration duration) { return Wait(duration); };
  while (Wait(scrub_.RunPass(wait))) {
  }
}

bool Scrubber::Wait(absl::Duration duration) {
  using Steady = std::chrono::steady_clock;
  const Steady::time_point until = Steady::now() + absl::ToChronoNanoseconds(duration);
  const MutexLock lock(mutex_);
  for (auto now = Steady::now(); !ending_ && now < until; now = Steady::now()) {
    has_ended_.WaitFor(mutex_, absl::FromChrono(until - now));
  }
  return !ending_;
}

}  // namespace daybook::scrub
