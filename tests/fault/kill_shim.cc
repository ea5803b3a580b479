// Ends the process with SIGKILL at its KILL_AT-th step, counted over all threads,
// where a step is a call that changes files. With KILL_TEAR a write is half done
// first. Loaded into a program with LD_PRELOAD, it stands before the C library.

#include <dlfcn.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <sys/types.h>

namespace {

bool IsLastStep() {
  static std::atomic<int> steps = 0;
  const char* const at = std::getenv("KILL_AT");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return at != nullptr && ++steps == std::atoi(at);
}

// NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it
bool Tears() { return std::getenv("KILL_TEAR") != nullptr; }

template <typename Function>
Function Next(Function /*type*/, const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

template <typename Function, typename... Arguments>
auto Step(Function function, const char* name, Arguments... arguments) {
  if (IsLastStep()) std::raise(SIGKILL);
  return Next(function, name)(arguments...);
}

}  // namespace

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the library's names are its own
extern "C" {

int fsync(int file) { return Step(&fsync, "fsync", file); }
int fdatasync(int file) { return Step(&fdatasync, "fdatasync", file); }
int msync(void* address, size_t bytes, int flags) {
  return Step(&msync, "msync", address, bytes, flags);
}
int rename(const char* from, const char* to) { return Step(&rename, "rename", from, to); }
int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned int flags) noexcept {
  return Step(&renameat2, "renameat2", from_folder, from, to_folder, to, flags);
}
int link(const char* from, const char* to) noexcept { return Step(&link, "link", from, to); }
int unlink(const char* path) noexcept { return Step(&unlink, "unlink", path); }
int ftruncate64(int file, off64_t bytes) noexcept {
  return Step(&ftruncate64, "ftruncate64", file, bytes);
}
int posix_fallocate64(int file, off64_t from, off64_t bytes) {
  return Step(&posix_fallocate64, "posix_fallocate64", file, from, bytes);
}

ssize_t pwrite64(int file, const void* data, size_t bytes, off64_t at) {
  const auto next = Next(&pwrite64, "pwrite64");
  if (IsLastStep()) {
    if (Tears()) next(file, data, bytes / 2, at);
    std::raise(SIGKILL);
  }
  return next(file, data, bytes, at);
}

}  // extern "C"
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
