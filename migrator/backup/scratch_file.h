#pragma once

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "db/sqlite/descriptor.h"
#include "db/sqlite/file_lock.h"

namespace daybook::migrator::backup {

// A file that is being made: for its owner's eyes only, and gone with its
// journals when the object goes, unless it was moved to its place. Locked while
// it is written, so that nobody takes it for a leftover.
//
// Thread-compatible.
class ScratchFile {
 public:
  // A new file at `path`. Errors as durable_file.h says.
  static absl::StatusOr<ScratchFile> Create(const std::string& path);

  // The file that somebody else is about to make at `path`.
  static ScratchFile Expect(const std::string& path) { return ScratchFile(path); }

  ScratchFile(ScratchFile&& other) noexcept
      : path_(std::exchange(other.path_, {})),
        file_(std::move(other.file_)),
        lock_(std::move(other.lock_)) {}
  ScratchFile& operator=(ScratchFile&&) = delete;
  ~ScratchFile();

  const std::string& path() const { return path_; }

  absl::Status Append(absl::string_view bytes);

  // All of it is on disk; nothing more comes.
  absl::Status Finish();

  // SQLite may write to it in between: its locks and this one would collide.
  void Unlock() { lock_.reset(); }
  absl::Status Lock();

  // Moves it to its place, durably. The last call.
  absl::Status MoveTo(const std::string& path);

 private:
  explicit ScratchFile(std::string path) : path_(std::move(path)) {}

  std::string path_;
  db::sqlite::Descriptor file_{-1};
  std::optional<db::sqlite::FileLock> lock_;
};

}  // namespace daybook::migrator::backup
