#include "db/sqlite/file_lock.h"

#include <fcntl.h>

#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace daybook::db::sqlite {
namespace {

constexpr mode_t kOwnerAndGroup = 0640;

}  // namespace

absl::StatusOr<FileLock> FileLock::Acquire(const std::string& path, Mode mode, Range range) {
  Descriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kOwnerAndGroup));
  if (file.number() < 0) return absl::ErrnoToStatus(errno, absl::StrCat("open ", path));
  struct flock lock {};
  lock.l_type = mode == Mode::kExclusive ? F_WRLCK : F_RDLCK;
  lock.l_whence = SEEK_SET;
  lock.l_len = range == Range::kFirstByte ? 1 : 0;
  if (fcntl(file.number(), F_OFD_SETLK, &lock) == 0) return FileLock(std::move(file));
  if (errno == EAGAIN || errno == EACCES) {
    return absl::UnavailableError(absl::StrCat("another process holds ", path));
  }
  return absl::ErrnoToStatus(errno, absl::StrCat("lock ", path));
}

absl::StatusOr<bool> FileLock::IsHeld(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0 && errno == ENOENT) return false;
  if (file.number() < 0) return absl::ErrnoToStatus(errno, absl::StrCat("open ", path));
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  if (fcntl(file.number(), F_OFD_GETLK, &range) == 0) return range.l_type != F_UNLCK;
  return absl::ErrnoToStatus(errno, absl::StrCat("look at the lock ", path));
}

}  // namespace daybook::db::sqlite
