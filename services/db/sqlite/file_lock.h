#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace daybook::db::sqlite {

// An exclusive lock on a file, held while the object lives and freed by the
// kernel however the process ends. Open-file-description locks: two in one
// process exclude each other too.
//
// Immutable.
class FileLock {
 public:
  // Creates the file where it is missing. UNAVAILABLE at once where another
  // holds the lock.
  static absl::StatusOr<FileLock> Acquire(const std::string& path);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace daybook::db::sqlite
