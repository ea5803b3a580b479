#pragma once

#include <cstdint>
#include <thread>

#include <sys/types.h>

#include "core/mutex.h"

namespace daybook::bench {

// What the kernel has counted for a process; 0 where it does not say.
uint64_t BytesWrittenBy(pid_t pid);    // towards the disk: write_bytes of /proc/PID/io
uint64_t AnonymousBytesOf(pid_t pid);  // RssAnon of /proc/PID/status
uint64_t CpuTicksOf(pid_t pid);        // user and system: /proc/PID/stat

// Returns once a process does nothing any more; at the latest after a minute, and then says so.
// Nothing tells when that is, so it is looked at until it is so.
void AwaitIdle(pid_t pid);

// The most anonymous memory that a process had while the object lived, looked
// at 20 times a second.
//
// Thread-safe.
class MemoryPeak {
 public:
  explicit MemoryPeak(pid_t pid);
  ~MemoryPeak();
  MemoryPeak(const MemoryPeak&) = delete;
  MemoryPeak& operator=(const MemoryPeak&) = delete;

  uint64_t bytes() const;

 private:
  void Watch(pid_t pid);

  mutable Mutex mutex_;
  CondVar stop_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::thread thread_;
};

}  // namespace daybook::bench
