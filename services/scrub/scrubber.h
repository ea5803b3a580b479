#pragma once

#include <thread>

#include "absl/time/time.h"

#include "core/mutex.h"
#include "scrub/scrub.h"

namespace daybook::scrub {

// Scrubs at once and then after each pause, on a thread of its own.
class Scrubber {
 public:
  explicit Scrubber(Scrub scrub);

  // Ends in the middle of a pass.
  ~Scrubber();
  Scrubber(const Scrubber&) = delete;
  Scrubber& operator=(const Scrubber&) = delete;

 private:
  void Run();
  // False where it ends.
  bool Wait(absl::Duration duration);

  Scrub scrub_;  // of the thread
  Mutex mutex_;
  CondVar has_ended_;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace daybook::scrub
