#include "daybook/export_stream.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"

#include "daybook/export_target.h"
#include "db/sqlite/durable_file.h"

namespace daybook::cli {
namespace {

using ::daybook::db::sqlite::Descriptor;
using ::daybook::db::sqlite::FileError;

Descriptor OpenStream(const std::string& path) {
  if (TargetOf(path) == ExportTarget::kStdout) {
    return Descriptor(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
  }
  // A file that a shell has opened goes on where it ends.
  return Descriptor(open(path.c_str(), O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ExportSink>> ExportStream::Open(const std::string& path) {
  Descriptor stream = OpenStream(path);
  if (stream.number() < 0) return FileError(absl::StrCat("open ", path), errno);
  return std::unique_ptr<ExportSink>(new ExportStream(path, std::move(stream)));
}

bool ExportStream::is_terminal() const { return isatty(stream_.number()) != 0; }

absl::Status ExportStream::Append(absl::string_view lines) {
  while (!lines.empty()) {
    const ssize_t put = write(stream_.number(), lines.data(), lines.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EPIPE) {
      return absl::CancelledError(absl::StrCat(path_, ": nobody reads it any more"));
    }
    if (put < 0) return FileError(absl::StrCat("write ", path_), errno);
    lines.remove_prefix(static_cast<size_t>(put));
  }
  return absl::OkStatus();
}

}  // namespace daybook::cli
