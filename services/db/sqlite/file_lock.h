#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"

#include "db/sqlite/descriptor.h"

namespace daybook::db::sqlite {

// A lock on a file, held while the object lives and freed by the kernel however
// the process ends. Open-file-description locks: two in one process exclude each
// other too.
//
// Immutable.
class FileLock {
 public:
  enum class Mode {
    kExclusive,  // nobody else holds it
    kShared,     // nobody else holds it exclusively
  };

  // Which part of the file. Both keep each other out.
  enum class Range {
    kWhole,      // SQLite, too, cannot use the file meanwhile
    kFirstByte,  // SQLite, which locks bytes far behind it, can
  };

  // Creates the file where it is missing. UNAVAILABLE at once where another
  // holds the lock.
  static absl::StatusOr<FileLock> Acquire(const std::string& path, Mode mode = Mode::kExclusive,
                                          Range range = Range::kWhole);

  // Whether anybody holds a lock on `path`; false where there is no such file.
  // Changes nothing.
  static absl::StatusOr<bool> IsHeld(const std::string& path);

 private:
  explicit FileLock(Descriptor file) : file_(std::move(file)) {}
  Descriptor file_;
};

}  // namespace daybook::db::sqlite
