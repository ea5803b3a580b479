#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"

#include "db/sqlite/descriptor.h"

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

 private:
  explicit FileLock(Descriptor file) : file_(std::move(file)) {}
  Descriptor file_;
};

}  // namespace daybook::db::sqlite
