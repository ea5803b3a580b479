#include "bench/cold_cache.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace daybook::bench {
namespace {

void ForgetFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
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

}  // namespace daybook::bench
