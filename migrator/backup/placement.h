#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "migrator/backup/scratch_file.h"

namespace daybook::migrator::backup {

// A database that took the place of another, which is kept until it is certain
// that nobody wants it back.
//
// Thread-compatible.
class Placement {
 public:
  // Moves `file` to `path`. The journals of the database that is there, which
  // nobody has open, go first: they are not of the new one. What was there goes
  // on as `kept`, where the file system knows links. A crash leaves the old or
  // the new database, whole. On an error the old one is there.
  static absl::StatusOr<Placement> Put(ScratchFile& file, const std::string& path,
                                       const std::string& kept);

  // The old one is there again.
  absl::Status TakeBack();

  // The old one goes.
  absl::Status Confirm();

 private:
  Placement(std::string path, std::string kept) : path_(std::move(path)), kept_(std::move(kept)) {}

  std::string path_;
  std::string kept_;  // empty where there is no old one
};

// Gives `file` the owner and the permissions of `path`; where there is no file,
// those of a new database.
absl::Status AdoptOwner(const std::string& path, const std::string& file);

// Gives the database at `path`, which nobody has open, the journal mode of another
// as SQLite names it. Only "wal" is part of a file.
absl::Status SetJournalMode(const std::string& path, const std::string& mode);

}  // namespace daybook::migrator::backup
