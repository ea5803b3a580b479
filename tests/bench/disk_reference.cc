#include "bench/disk_reference.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace daybook::bench {
namespace {

constexpr size_t kAppendBytes = 4'096;

// False on an error.
bool AppendAndSync(int file, const std::string& block) {
  const ssize_t written = write(file, block.data(), block.size());
  return written == static_cast<ssize_t>(block.size()) && fdatasync(file) == 0;
}

}  // namespace

absl::StatusOr<std::vector<double>> SyncMicros(const WorkFolder& folder,
                                               std::chrono::milliseconds duration) {
  using std::chrono::steady_clock;
  const std::string path = folder.File("sync");
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const std::string block(kAppendBytes, 'x');
  std::vector<double> micros;
  const auto end = steady_clock::now() + duration;
  bool ok = file >= 0;
  for (auto begin = steady_clock::now(); ok && begin < end; begin = steady_clock::now()) {
    ok = AppendAndSync(file, block);
    micros.push_back(
        std::chrono::duration<double, std::micro>(steady_clock::now() - begin).count());
  }
  if (file >= 0) close(file);
  if (!ok) return absl::UnavailableError("cannot write and sync a file");
  return micros;
}

}  // namespace daybook::bench
