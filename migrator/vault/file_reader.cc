#include "migrator/vault/file_reader.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include <sys/stat.h>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "db/sqlite/durable_file.h"

namespace daybook::vault {

using ::daybook::db::sqlite::Descriptor;
using ::daybook::db::sqlite::FileError;

absl::StatusOr<FileReader> FileReader::Open(const std::string& path) {
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) {
    if (errno == ENOENT) return absl::NotFoundError(absl::StrCat("there is no file ", path));
    return FileError(absl::StrCat("open ", path), errno);
  }
  struct stat status {};
  if (fstat(file.number(), &status) != 0) return FileError(absl::StrCat("look at ", path), errno);
  if (!S_ISREG(status.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is no file"));
  }
  return FileReader(path, std::move(file), static_cast<uint64_t>(status.st_size));
}

absl::StatusOr<absl::string_view> FileReader::Read(size_t bytes) {
  buffer_.resize(static_cast<size_t>(std::min<uint64_t>(bytes, size_ - done_)));
  for (size_t have = 0; have < buffer_.size();) {
    const ssize_t got = read(file_.number(), &buffer_[have], buffer_.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError(absl::StrCat("read ", path_), errno);
    if (got == 0) {
      return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged,
                             absl::StrCat(path_, " was cut short while it was read"));
    }
    have += static_cast<size_t>(got);
  }
  done_ += buffer_.size();
  return absl::string_view(buffer_);
}

}  // namespace daybook::vault
