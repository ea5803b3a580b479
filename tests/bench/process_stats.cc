#include "bench/process_stats.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace daybook::bench {
namespace {

constexpr absl::Duration kLookEvery = absl::Milliseconds(50);
constexpr absl::Duration kIdleLookEvery = absl::Milliseconds(100);
constexpr int kMostLooks = 600;
constexpr int kQuietLooks = 3;
constexpr uint64_t kTicksOfIdling = 2;  // of 10 ms each: the scrubber never rests for long
constexpr uint64_t kKibibyte = 1'024;

std::string ReadProc(pid_t pid, const std::string& name) {
  std::ifstream stream(absl::StrCat("/proc/", pid, "/", name));
  return {std::istreambuf_iterator<char>(stream), {}};
}

// The number behind `label`.
uint64_t NumberBehind(const std::string& text, const std::string& label) {
  const size_t at = text.find(label);
  if (at == std::string::npos) return 0;
  uint64_t number = 0;
  std::istringstream(text.substr(at + label.size())) >> number;
  return number;
}

}  // namespace

uint64_t BytesWrittenBy(pid_t pid) { return NumberBehind(ReadProc(pid, "io"), "\nwrite_bytes:"); }

uint64_t AnonymousBytesOf(pid_t pid) {
  return NumberBehind(ReadProc(pid, "status"), "RssAnon:") * kKibibyte;
}

uint64_t CpuTicksOf(pid_t pid) {
  const std::string text = ReadProc(pid, "stat");
  const size_t name_end = text.rfind(')');  // the name may hold anything
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int i = 0; i < 12; ++i) fields >> skipped;
  uint64_t user = 0;
  uint64_t system = 0;
  fields >> user >> system;
  return user + system;
}

void AwaitIdle(pid_t pid) {
  uint64_t ticks = CpuTicksOf(pid);
  int quiet = 0;
  for (int look = 0; look < kMostLooks && quiet < kQuietLooks; ++look) {
    absl::SleepFor(kIdleLookEvery);
    const uint64_t now = CpuTicksOf(pid);
    quiet = now - ticks <= kTicksOfIdling ? quiet + 1 : 0;
    ticks = now;
  }
  if (quiet == kQuietLooks) return;
  std::printf("   (the process is still at work by itself, so that what follows is too slow)\n");
}

MemoryPeak::MemoryPeak(pid_t pid) : thread_([this, pid] { Watch(pid); }) {}

MemoryPeak::~MemoryPeak() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  stop_.NotifyAll();
  thread_.join();
}

uint64_t MemoryPeak::bytes() const {
  const MutexLock lock(mutex_);
  return bytes_;
}

void MemoryPeak::Watch(pid_t pid) {
  const MutexLock lock(mutex_);
  while (!stopping_) {
    bytes_ = std::max(bytes_, AnonymousBytesOf(pid));
    stop_.WaitFor(mutex_, kLookEvery);
  }
}

}  // namespace daybook::bench
