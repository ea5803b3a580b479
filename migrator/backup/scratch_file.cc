#include "migrator/backup/scratch_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"

namespace daybook::migrator::backup {

using ::daybook::db::sqlite::Descriptor;
using ::daybook::db::sqlite::FileError;
using ::daybook::db::sqlite::FileLock;

absl::StatusOr<ScratchFile> ScratchFile::Create(const std::string& path) {
  constexpr mode_t kOwnerOnly = 0600;
  Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly));
  if (file.number() < 0) return FileError(absl::StrCat("create ", path), errno);
  ScratchFile scratch(path);
  scratch.file_ = std::move(file);
  DAYBOOK_RETURN_IF_ERROR(scratch.Lock());
  return scratch;
}

ScratchFile::~ScratchFile() {
  if (!path_.empty()) db::sqlite::RemoveDatabase(path_).IgnoreError();
}

absl::Status ScratchFile::Append(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = write(file_.number(), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return FileError(absl::StrCat("write ", path_), errno);
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return absl::OkStatus();
}

absl::Status ScratchFile::Finish() {
  if (fsync(file_.number()) != 0) return FileError(absl::StrCat("sync ", path_), errno);
  file_ = Descriptor(-1);
  return absl::OkStatus();
}

absl::Status ScratchFile::Lock() {
  DAYBOOK_ASSIGN_OR_RETURN(lock_, FileLock::Acquire(path_));
  return absl::OkStatus();
}

absl::Status ScratchFile::MoveTo(const std::string& path) {
  Unlock();
  DAYBOOK_RETURN_IF_ERROR(db::sqlite::MoveDurably(path_, path));
  path_.clear();
  return absl::OkStatus();
}

}  // namespace daybook::migrator::backup
