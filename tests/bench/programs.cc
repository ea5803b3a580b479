#include "bench/programs.h"

#include <unistd.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace daybook::bench {

std::optional<std::string> FindProgram(absl::string_view name, const std::string& folder) {
  const char* const path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  const std::string folders = !folder.empty() ? folder : path != nullptr ? path : "";
  for (const absl::string_view candidate : absl::StrSplit(folders, ':')) {
    const std::string program = absl::StrCat(candidate, "/", name);
    if (access(program.c_str(), X_OK) == 0) return program;
  }
  return std::nullopt;
}

}  // namespace daybook::bench
