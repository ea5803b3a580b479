#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daybook::bench {

// A fresh folder beside the benchmark's own program, so on the build tree's
// disk; it goes, with all it holds, when the object does.
//
// Immutable.
class WorkFolder {
 public:
  static absl::StatusOr<WorkFolder> Make();
  ~WorkFolder();
  WorkFolder(WorkFolder&& other) noexcept;
  WorkFolder& operator=(WorkFolder&&) = delete;

  const std::string& path() const { return path_; }
  std::string File(absl::string_view name) const;

  // Says that so much is needed; RESOURCE_EXHAUSTED where the disk has less left.
  absl::Status CheckSpace(uint64_t bytes) const;

 private:
  explicit WorkFolder(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

// A program that was built beside this one.
std::string ProgramBeside(absl::string_view name);

// How much space all files below `path` take.
uint64_t BytesBelow(const std::string& path);

}  // namespace daybook::bench
