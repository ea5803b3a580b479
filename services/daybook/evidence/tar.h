#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace daybook::cli::evidence {

// Plain files in a tar as POSIX has it (ustar): all that a case consists of, and
// what every machine can unpack. A name has at most 100 bytes.

// Writes one beside its place and moves it there at the end, so that a file of that
// name is always whole. Errors as of db/sqlite/durable_file.h.
//
// Thread-compatible.
class TarWriter {
 public:
  // All files get this time.
  TarWriter(std::string path, absl::Time time);
  // Leaves nothing behind that was not finished.
  ~TarWriter();
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;

  absl::Status Add(const std::string& name, absl::string_view bytes);
  absl::Status Finish();

 private:
  absl::Status Put(absl::string_view bytes);

  const std::string path_;
  const std::string unfinished_;
  const int64_t seconds_;
  std::ofstream file_;
  bool is_finished_ = false;
};

// Reads one. Refuses what a TarWriter does not write: folders, links, names that
// lead elsewhere, a name twice.
//
// Thread-compatible.
class TarReader {
 public:
  // NOT_FOUND where there is no such file; INVALID_ARGUMENT where it is no such tar.
  static absl::StatusOr<TarReader> Open(const std::string& path);

  // NOT_FOUND where there is no such name.
  absl::StatusOr<std::string> Read(const std::string& name);

  struct Place {
    uint64_t offset = 0;
    uint64_t size = 0;
  };
  const std::map<std::string, Place>& files() const { return files_; }

 private:
  explicit TarReader(std::ifstream file) : file_(std::move(file)) {}
  absl::Status ReadIndex();

  std::ifstream file_;
  std::map<std::string, Place> files_;
};

}  // namespace daybook::cli::evidence
