#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "db/sqlite/descriptor.h"

namespace daybook::vault {

// Reads a file that nobody writes, from its beginning. Never a database that
// this process has open: POSIX lets go of its locks.
//
// Thread-compatible.
class FileReader {
 public:
  // NOT_FOUND where there is none, otherwise as durable_file.h says.
  static absl::StatusOr<FileReader> Open(const std::string& path);

  uint64_t size() const { return size_; }
  bool AtEnd() const { return done_ == size_; }

  // The next `bytes`, fewer only where the file ends. Lives until the next call.
  // DATA_LOSS where the file has become shorter.
  absl::StatusOr<absl::string_view> Read(size_t bytes);

 private:
  FileReader(std::string path, db::sqlite::Descriptor file, uint64_t size)
      : path_(std::move(path)), file_(std::move(file)), size_(size) {}

  std::string path_;
  db::sqlite::Descriptor file_;
  uint64_t size_;
  uint64_t done_ = 0;
  std::string buffer_;
};

}  // namespace daybook::vault
