#include "daybook/export_stream.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include <sys/stat.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "db/sqlite/durable_file.h"

namespace daybook::cli {
namespace {

using ::daybook::db::sqlite::Descriptor;
using ::daybook::db::sqlite::FileError;

constexpr std::array<absl::string_view, 4> kNamesOfStdout = {"-", "/dev/stdout", "/dev/fd/1",
                                                             "/proc/self/fd/1"};

// What lies there may be a file that a shell has opened: it must not be renamed onto.
bool IsNameOfDevice(const std::string& path) {
  const std::filesystem::path whole = std::filesystem::path(path).lexically_normal();
  return whole.parent_path() == "/dev" || absl::StartsWith(whole.native(), "/dev/fd/") ||
         absl::StartsWith(whole.native(), "/proc/");
}

Descriptor OpenStream(const std::string& path) {
  if (TargetOf(path) == ExportTarget::kStdout) {
    return Descriptor(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
  }
  // A file that a shell has opened goes on where it ends.
  return Descriptor(open(path.c_str(), O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC));
}

}  // namespace

ExportTarget TargetOf(const std::string& path) {
  const bool is_stdout =
      std::find(kNamesOfStdout.begin(), kNamesOfStdout.end(), path) != kNamesOfStdout.end();
  if (is_stdout) return ExportTarget::kStdout;
  struct stat status {};
  const bool is_there = stat(path.c_str(), &status) == 0;
  if (is_there && (S_ISDIR(status.st_mode) || S_ISBLK(status.st_mode))) return ExportTarget::kUnfit;
  if (IsNameOfDevice(path)) return ExportTarget::kDevice;
  return is_there && !S_ISREG(status.st_mode) ? ExportTarget::kDevice : ExportTarget::kFile;
}

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
