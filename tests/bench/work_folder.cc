#include "bench/work_folder.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include <sys/statfs.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace daybook::bench {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kTmpfs = 0x01021994;  // TMPFS_MAGIC
constexpr double kGigabyte = 1e9;

constexpr char kPrefix[] = "bench-data-";

fs::path ProgramFolder() { return fs::read_symlink("/proc/self/exe").parent_path(); }

// A run that was interrupted could not remove its folder, which may be large.
void RemoveLeftovers(const fs::path& parent) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(parent)) {
    int64_t pid = 0;
    const std::string name = entry.path().filename().string();
    absl::string_view rest = name;
    if (!absl::ConsumePrefix(&rest, kPrefix)) continue;
    if (!absl::SimpleAtoi(rest.substr(0, rest.find('-')), &pid)) continue;
    const bool is_running = fs::exists(absl::StrCat("/proc/", pid));
    if (!is_running) fs::remove_all(entry.path(), ignored);
  }
}

}  // namespace

absl::StatusOr<WorkFolder> WorkFolder::Make() {
  const fs::path parent = ProgramFolder().parent_path();
  RemoveLeftovers(parent);
  std::string pattern = (parent / absl::StrCat(kPrefix, getpid(), "-XXXXXX")).string();
  if (mkdtemp(pattern.data()) == nullptr) {
    return absl::UnavailableError(
        absl::StrCat(pattern, ": ", std::generic_category().message(errno)));
  }
  WorkFolder folder(pattern);
  // PostgreSQL runs as another user and must reach its folder inside.
  fs::permissions(pattern, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
  struct statfs disk {};
  if (statfs(pattern.c_str(), &disk) == 0 && disk.f_type == kTmpfs) {
    return absl::FailedPreconditionError("the build tree is in memory; build on a disk");
  }
  return folder;
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

WorkFolder::WorkFolder(WorkFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}

std::string WorkFolder::File(absl::string_view name) const {
  return absl::StrCat(path_, "/", name);
}

absl::Status WorkFolder::CheckSpace(uint64_t bytes) const {
  const uint64_t free = fs::space(path_).available;
  std::printf("   (up to %.1f GB in the build tree; %.1f GB are free)\n",
              static_cast<double>(bytes) / kGigabyte, static_cast<double>(free) / kGigabyte);
  return free >= bytes ? absl::OkStatus()
                       : absl::ResourceExhaustedError("too little space on the build tree's disk");
}

std::string ProgramBeside(absl::string_view name) {
  return (ProgramFolder() / std::string(name)).string();
}

uint64_t BytesBelow(const std::string& path) {
  uint64_t bytes = 0;
  std::error_code gone;  // files may go while they are counted
  for (const auto& entry : fs::recursive_directory_iterator(path, gone)) {
    if (!entry.is_regular_file(gone)) continue;
    const uint64_t size = entry.file_size(gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

}  // namespace daybook::bench
