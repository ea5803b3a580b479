#include "bench/page_cache.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <vector>

namespace daybook::bench {
namespace {

void ForgetFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  close(file);
}

void ReadFile(const std::string& path) {
  constexpr size_t kReadAtOnce = size_t{1} << 20;
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  std::vector<char> bytes(kReadAtOnce);
  while (read(file, bytes.data(), bytes.size()) > 0) continue;
  close(file);
}

}  // namespace

std::string MakeCold(const std::string& path) {
  sync();
  std::ofstream everything("/proc/sys/vm/drop_caches");
  everything << "3" << std::flush;
  if (everything.good()) return "all caches dropped, drop_caches";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) ForgetFile(entry.path().string());
  }
  return "the store's files dropped, posix_fadvise";
}

void MakeWarm(const std::string& path) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) ReadFile(entry.path().string());
  }
}

}  // namespace daybook::bench
