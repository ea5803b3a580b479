#include "migrator/backup/file_state.h"

#include <sys/stat.h>

namespace daybook::migrator::backup {
namespace {

// Longer than any file system rounds its times by.
constexpr absl::Duration kSettled = absl::Seconds(2);

}  // namespace

std::optional<FileState> StateOf(const std::string& path, absl::Time now) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  const absl::Time changed = absl::TimeFromTimespec(status.st_ctim);
  if (changed + kSettled > now) return std::nullopt;
  FileState state;
  state.set_inode(status.st_ino);
  state.set_bytes(static_cast<uint64_t>(status.st_size));
  state.set_modified_ns(absl::ToUnixNanos(absl::TimeFromTimespec(status.st_mtim)));
  state.set_changed_ns(absl::ToUnixNanos(changed));
  return state;
}

std::optional<FileState> StateOfDatabase(const std::string& path, absl::Time now) {
  struct stat wal {};
  if (stat((path + "-wal").c_str(), &wal) == 0 && wal.st_size > 0) return std::nullopt;
  return StateOf(path, now);
}

bool IsSame(const FileState& a, const FileState& b) {
  return a.inode() == b.inode() && a.bytes() == b.bytes() && a.modified_ns() == b.modified_ns() &&
         a.changed_ns() == b.changed_ns();
}

}  // namespace daybook::migrator::backup
