#include "daybook/export_target.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <sys/stat.h>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace daybook::cli {
namespace {

constexpr std::array<absl::string_view, 4> kNamesOfStdout = {"-", "/dev/stdout", "/dev/fd/1",
                                                             "/proc/self/fd/1"};

// What lies there may be a file that a shell has opened: it must not be renamed onto.
bool IsNameOfDevice(const std::string& path) {
  const std::filesystem::path whole = std::filesystem::path(path).lexically_normal();
  return whole.parent_path() == "/dev" || absl::StartsWith(whole.native(), "/dev/fd/") ||
         absl::StartsWith(whole.native(), "/proc/");
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

}  // namespace daybook::cli
