#pragma once

#include <atomic>
#include <thread>

#include "absl/time/time.h"

#include "core/mutex.h"
#include "journal/spool_import.h"

namespace daybook::journal {

// Imports what is spooled, at once and then after each pause, on a thread of its
// own.
class SpoolWatch {
 public:
  SpoolWatch(SpoolImport import, absl::Duration pause);

  // Finishes the file it is at.
  ~SpoolWatch();
  SpoolWatch(const SpoolWatch&) = delete;
  SpoolWatch& operator=(const SpoolWatch&) = delete;

 private:
  void Run();

  SpoolImport import_;
  const absl::Duration pause_;
  std::atomic<bool> ending_ = false;
  Mutex mutex_;
  CondVar has_ended_;
  std::thread thread_;
};

}  // namespace daybook::journal
