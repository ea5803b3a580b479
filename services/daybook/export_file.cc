#include "daybook/export_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include <sys/file.h>
#include <sys/stat.h>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "daybook/failure.h"
#include "db/sqlite/durable_file.h"

namespace daybook::cli {
namespace {

using ::daybook::db::sqlite::Descriptor;
using ::daybook::db::sqlite::FileError;

constexpr mode_t kReadableFile = 0666;  // the umask takes from it

std::string PartialOf(const std::string& path) { return absl::StrCat(path, ".partial"); }

std::string StateOf(const std::string& path) { return absl::StrCat(path, ".partial.state"); }

absl::StatusOr<std::optional<ExportState>> LeftAt(const std::string& path, uint64_t size) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto text, db::sqlite::ReadIfThere(StateOf(path)));
  if (!text) return std::nullopt;
  absl::StatusOr<ExportState> state = ParseExportState(*text);
  if (!state.ok()) return About(StateOf(path), state.status());
  // Finished under its name, and its state was not removed any more.
  if (state->bytes > size || (state->is_whole && size == 0)) return std::nullopt;
  return *std::move(state);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ExportSink>> ExportFile::Open(const std::string& path) {
  const std::string partial = PartialOf(path);
  Descriptor file(open(partial.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kReadableFile));
  if (file.number() < 0) return FileError(absl::StrCat("open ", partial), errno);
  if (flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(partial, ": another export writes to it now"));
  }
  struct stat status {};
  if (fstat(file.number(), &status) != 0)
    return FileError(absl::StrCat("look at ", partial), errno);
  const auto size = static_cast<uint64_t>(status.st_size);
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<ExportState> left, LeftAt(path, size));
  if (!left && size > 0) {
    return absl::FailedPreconditionError(absl::StrCat(partial, ": is there, and ", StateOf(path),
                                                      " does not say how far it is; remove it"));
  }
  return std::unique_ptr<ExportSink>(new ExportFile(path, std::move(file), std::move(left)));
}

absl::Status ExportFile::BeginAt(const ExportState& state) {
  const auto end = static_cast<off_t>(state.bytes);
  if (ftruncate(file_.number(), end) != 0 || lseek(file_.number(), end, SEEK_SET) != end) {
    return FileError(absl::StrCat("cut ", PartialOf(path_)), errno);
  }
  return Save(state);
}

absl::Status ExportFile::Append(absl::string_view lines) {
  while (!lines.empty()) {
    const ssize_t put = write(file_.number(), lines.data(), lines.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return FileError(absl::StrCat("write ", PartialOf(path_)), errno);
    lines.remove_prefix(static_cast<size_t>(put));
  }
  return absl::OkStatus();
}

// The lines first: a state never counts what is not on disk.
absl::Status ExportFile::Save(const ExportState& state) {
  if (fsync(file_.number()) != 0) return FileError(absl::StrCat("sync ", PartialOf(path_)), errno);
  return db::sqlite::WriteDurably(ToText(state), StateOf(path_));
}

absl::Status ExportFile::Finish() {
  DAYBOOK_RETURN_IF_ERROR(db::sqlite::ReplaceDurably(PartialOf(path_), path_));
  if (unlink(StateOf(path_).c_str()) != 0 && errno != ENOENT) {
    return FileError(absl::StrCat("remove ", StateOf(path_)), errno);
  }
  return absl::OkStatus();
}

void ExportFile::Discard() {
  unlink(PartialOf(path_).c_str());
  unlink(StateOf(path_).c_str());
}

}  // namespace daybook::cli
