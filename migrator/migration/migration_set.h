#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "migrator/migration/migration_file.h"

namespace daybook::migration {

// The migrations of one database: versions 1, 2, 3 … without a gap.
//
// Immutable.
class MigrationSet {
 public:
  // No file of a migration is larger.
  static constexpr size_t kMaxFileBytes = 4'194'304;  // 4 MiB

  // Reads the migrations in `folder`: NNNN_name.textproto files and pairs of
  // SQL files. README*, *.md, names that begin with a dot, and the folders
  // fixture and tests are not its business; symbolic links are followed.
  //
  // NOT_FOUND         there is no such folder
  // INVALID_ARGUMENT  it holds no migration, or anything that is none; a file
  //                   cannot be read or is larger than kMaxFileBytes; two files
  //                   have the same version, or one is missing. The error
  //                   begins with the path of the file it is about
  static absl::StatusOr<MigrationSet> Read(const std::string& folder);

  // Ascending by version; one at least.
  const std::vector<MigrationFile>& files() const { return files_; }

  // The migration that leads to `version`, nullptr where there is none. Lives
  // as long as the set.
  const MigrationFile* Find(int version) const;

  // The greatest version.
  int newest() const { return static_cast<int>(files_.size()); }

 private:
  explicit MigrationSet(std::vector<MigrationFile> files) : files_(std::move(files)) {}
  std::vector<MigrationFile> files_;  // files_[i] leads to version i + 1
};

}  // namespace daybook::migration
