#pragma once

#include <string>

#include "absl/status/status.h"

#include "migrator/backup/contents.h"
#include "migrator/backup/job.h"
#include "migrator/backup/manifest.h"

namespace daybook::migrator::backup {

// What makes a backup a verified one. DATA_LOSS says what is wrong with it.

// Whether the database at `path`, which nobody writes, is sound and holds
// `expected`: opened anew, and every row read.
absl::Status CheckDatabase(const BackupJob& job, const std::string& path, const Contents& expected);

// Whether the backup's file is, byte by byte, the one that was verified.
absl::Status CheckFile(const BackupJob& job, const Manifest& manifest);

// SHA-256 of the file at `path`, in hex.
absl::StatusOr<std::string> HashOfFile(const BackupJob& job, const std::string& path);

}  // namespace daybook::migrator::backup
